// When what was busy, and how full buffers were. Times are cycles.
const IDLE = ["wait"];
const ALIAS = {
  issue: "computing",
  move: "computing",
  weight: "load_weight",
  input: "load_input",
  output: "load_output",
  store: "drain"
};

function timelineSection(t, index, total) {
  const body = el("div", {});
  const draw = (i) => {
    const p = t.processes[i];
    const rows = p.rows.filter((r) => r.count > 0).sort((a, b) => a.thread - b.thread);
    const x = [...Array(p.slots).keys()].map((k) => k * p.end / p.slots);
    clear(
        body,
        el("p", {class: "about"},
           `${p.name || "process"}: ${group(p.end)} cycles${timeOf(t, p)} \u00b7 ${t.file}`),
        rows.length ?
            card(
                "What happened when",
                "the height of a colour is its share of the time; arrow keys go from row to row",
                stripesLegend(rows), stripes(rows, p.end)) :
            null,
        p.counters.length ?
            el("div", {class: "cards after"}, p.counters.map((c) => occupancyCard(c, x))) :
            null,
        p.left_out ?
            el("p", {class: "note"}, `${group(p.left_out)} events of further rows are not shown.`) :
            null);
  };
  draw(0);
  return section(
      total > 1 ? `timeline-${index + 1}` : "timeline",
      total > 1 ? `Timeline ${index + 1}` : "Timeline", null,
      t.processes.length > 1 ?
          el("div", {class: "controls"},
             select("Network", t.processes.map((p, i) => [i, p.name]), 0, (v) => draw(Number(v)))) :
          null,
      body);
}

function timeOf(t, process) {
  const run = t.otherData?.runs?.find((r) => r.workload === process.name);
  return run && run.seconds > 0 ? `, ${si(run.seconds, "s")}` : "";
}

// A row of very many names (the layers) takes two colours in turn.
const stripeColours = (row) => row.name === "layer" ?
    row.names.map((_, i) => i % 2 ? "var(--stripe-a)" : "var(--stripe-b)") :
    paletteOf(row.names.map((n) => ALIAS[n] || n));

function paletteOf(names) {
  const palette = colours(names);
  return names.map((n) => palette[n]);
}

function stripesLegend(rows) {
  const shown = new Map();
  rows.filter((r) => r.name !== "layer").forEach((r) => r.names.forEach((n, i) => {
    if (!IDLE.includes(n) && !shown.has(n)) shown.set(n, stripeColours(r)[i]);
  }));
  return legend([...shown].map(([n, c]) => [words(n), c]));
}

const strips = {
  height: 22
};

function drawStrip(canvas, row, palette) {
  const ctx = canvas.getContext("2d");
  ctx.clearRect(0, 0, canvas.width, strips.height);
  const filled = row.shares[0].map(() => 0);
  row.names.forEach((name, k) => {
    if (IDLE.includes(name)) return;
    ctx.fillStyle = css(palette[k]);
    row.shares[k].forEach((v, i) => {
      if (!v) return;
      ctx.fillRect(i, strips.height * (1 - Math.min(1, filled[i] + v)), 1, strips.height * v);
      filled[i] += v;
    });
  });
}

function stripeTip(row, palette, share) {
  return row.names.map((n, k) => [words(n), share(k), palette[k]])
      .filter(([, v]) => v > 0.0005)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 10)
      .map(([n, v, c]) => [n, percent(v), c]);
}

function stripes(rows, end) {
  return barList("rows of the timeline", rows.map((row) => {
    const palette = stripeColours(row), slots = row.shares[0].length;
    const canvas = el("canvas", {class: "strip", width: slots, height: strips.height});
    redraws.set(canvas, () => drawStrip(canvas, row, palette));
    drawStrip(canvas, row, palette);
    const busy = sum(row.names.map((n, k) => IDLE.includes(n) ? 0 : sum(row.shares[k]))) / slots;
    const item = el(
        "div",
        {class: "bar-row", role: "img", "aria-label": `${row.name}: ${percent(busy)} of the time`},
        el("span", {class: "bar-name", title: row.name}, row.name),
        el("span", {class: "bar-track strip-track"}, canvas, sliceMarks(row, end)),
        el("span", {class: "bar-value"}, percent(busy)));
    hint(item, row.name, () => stripeTip(row, palette, (k) => sum(row.shares[k]) / slots));
    canvas.addEventListener("pointermove", (e) => {
      const box = canvas.getBoundingClientRect(), at = (e.clientX - box.left) / box.width,
            slot = Math.floor(at * slots);
      if (slot < 0 || slot >= slots) return;
      const slice =
          row.slices.find(([, begin, length]) => at * end >= begin && at * end < begin + length);
      e.stopPropagation();
      showTip(
          e.clientX, e.clientY, row.name,
          [["cycle", group(at * end)]].concat(
              slice ? [["here", words(slice[0])], ["for", `${group(slice[2])} cycles`]] :
                      stripeTip(row, palette, (k) => row.shares[k][slot])));
    });
    return item;
  }));
}

// The names of layers, where there is room.
function sliceMarks(row, end) {
  if (row.name !== "layer") return null;
  return row.slices.filter(([, , length]) => length / end > 0.004)
      .map(
          ([name, begin, length]) =>
              el("span", {
                class: "slice",
                style: {left: `${100 * begin / end}%`, width: `${100 * length / end}%`}
              },
                 length / end > 0.04 ? name : ""));
}

function occupancyCard(counter, x) {
  const [name, unit = ""] = counter.name.split(": ");
  const show = (v) => unit === "bytes" ? si(v, "B") : `${digits(v)}\u00a0${unit}`;
  const m = {
    label: unit === "bytes" ? "Occupancy" : words(unit) || "Level",
    unit: unit === "bytes" ? "B" : "",
    show
  };
  return card(
      words(name),
      `mean ${show(sum(counter.mean) / counter.mean.length)}, most ${
          show(Math.max(...counter.max))}`,
      linePlot({
        label: `${name} over time`,
        height: 190,
        x,
        steps: true,
        xMetric: {label: "Cycle", unit: "", show: group, tick: group},
        yMetric: m,
        heading: (v) => `from cycle ${group(v)}`,
        range: (u, a, b) => [0, Math.max(b, 1e-9) * 1.05],
        lines: [
          {name: "most", values: counter.max, colour: "var(--s11)", width: 1},
          {name: "mean", values: counter.mean, colour: series(0)}
        ]
      }));
}
