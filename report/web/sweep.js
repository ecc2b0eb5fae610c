// Thousands of points: any two columns against each other, and what each option does.
const SWEEP_METRICS = ["seconds", "energy_j", "cycles", "area_mm2", "utilisation", "dram_bytes"];
const SWEEP_FIXED = ["hw", "workload", "policy", "status", ...SWEEP_METRICS, "error"];

// Columns by name: numbers, or texts with codes. `edp` is ours.
function sweepColumns(sweep) {
  const columns = new Map(sweep.names.map((name, i) => [name, sweep.columns[i]]));
  const isText = (name) => !Array.isArray(columns.get(name));
  const text = (name, i) => isText(name) ? columns.get(name).values[columns.get(name).codes[i]] :
      columns.get(name)[i] === null      ? "" :
                                           String(columns.get(name)[i]);
  if (Array.isArray(columns.get("seconds")) && Array.isArray(columns.get("energy_j"))) {
    const energy = columns.get("energy_j");
    columns.set(
        "edp",
        columns.get("seconds").map(
            (s, i) => s === null || energy[i] === null ? null : s * energy[i]));
  }
  const knobs = sweep.names.slice(0, sweep.names.indexOf("hw"));
  return {
    columns,
    isText,
    text,
    knobs,
    count: sweep.rows,
    numbers: (name) => isText(name) ? [] : columns.get(name),
    metrics: [...SWEEP_METRICS, "edp"].filter(
        (k) => columns.has(k) && !isText(k) && columns.get(k).some((v) => v !== null)),
    levels: (name) => isText(name) ?
        columns.get(name).values :
        [...new Set(columns.get(name))].filter((v) => v !== null).sort((a, b) => a - b)
  };
}

function sweepSection(sweep, index, total) {
  const c = sweepColumns(sweep);
  const all = [...Array(c.count).keys()], failed = all.filter((i) => c.text("status", i) !== "ok");
  const ok = all.filter((i) => c.text("status", i) === "ok");
  const how = failed.length ? `${group(failed.length)} of them failed` : "none failed";
  return section(
      total > 1 ? `sweep-${index + 1}` : "sweep", total > 1 ? `Sweep ${index + 1}` : "Sweep",
      `${group(c.count)} points, ${how} \u00b7 ${sweep.file}`, ok.length ? sweepViews(c, ok) : null,
      failed.length ? failures(c, failed) : null);
}

function sweepViews(c, ok) {
  const networks = c.levels("workload");
  const state = {
    x: c.metrics.includes("area_mm2") ? "area_mm2" : c.metrics[0],
    y: c.metrics[0],
    colour: defaultColour(c),
    hw: "",
    workload: networks.length > 1 ? String(networks[0]) : "",
    xLog: true,
    yLog: true,
    front: true
  };
  const body = el("div", {}), effects = el("div", {});
  const chosen = (key, i) => !state[key] || c.text(key, i) === state[key];
  const draw = () => {
    const rows = ok.filter((i) => chosen("hw", i) && chosen("workload", i));
    clear(body, sweepScatter(c, rows, state), sweepTables(c, rows, state));
    clear(effects, effectCards(c, rows, state));
  };
  draw();
  return [sweepControls(c, state, draw), body, effects];
}

function sweepControls(c, state, draw) {
  const set = (key) => (v) => {
    state[key] = v;
    draw();
  };
  const axes =
      [...c.metrics, ...c.knobs.filter((k) => !c.isText(k))].map((k) => [k, metric(k).label]);
  const groups =
      [["", "none"], ["hw", "machine"], ["workload", "network"]].concat(c.knobs.map((k) => [k, k]));
  const filter = (key, label) => {
    const levels = c.levels(key).map(String), names = shortNames(levels);
    return levels.length > 1 ? select(
                                   label, [["", "all"]].concat(levels.map((v, i) => [v, names[i]])),
                                   state[key], set(key)) :
                               null;
  };
  return el(
      "div", {class: "controls"}, select("Horizontal", axes, state.x, set("x")),
      select("Vertical", axes, state.y, set("y")),
      select("Colour", groups, state.colour, set("colour")), filter("hw", "Machine"),
      filter("workload", "Network"), checkbox("log x", state.xLog, set("xLog")),
      checkbox("log y", state.yLog, set("yLog")),
      checkbox("Pareto front", state.front, set("front")));
}

// The knob that varies most, else the machine.
function defaultColour(c) {
  const knob = c.knobs.filter((k) => c.levels(k).length > 1)[0];
  return c.levels("hw").length > 1 ? "hw" : knob || "";
}

// Texts and few values get the series' colours, many numbers the ramp.
function colouring(c, name, rows) {
  if (!name) return {of: () => series(0), shape: () => 0, key: null};
  const levels = c.levels(name);
  const column = c.columns.get(name);
  const place = new Map(levels.map((v, k) => [v, k]));
  const at = c.isText(name) ? (i) => column.codes[i] : (i) => place.get(column[i]);
  if (c.isText(name) || levels.length <= 4) {
    const shown = new Set(rows.map(at));
    const labels =
        c.isText(name) ? shortNames(levels.map(String)) : levels.map((v) => plain(v, ""));
    return {
      of: (i) => series(at(i) ?? 11),
      shape: (i) => (at(i) ?? 0) % 4,
      key: legend(
          labels.map((l, k) => [l === "" ? "none" : l, series(k), `shape${k % 4}`])
              .filter((_, k) => shown.has(k))
              .concat(shown.has(undefined) ? [["does not have it", series(11), "shape0"]] : []))
    };
  }
  const share = (i) => levels.length > 1 ? at(i) / (levels.length - 1) : 0;
  return {
    of: (i) => column[i] === null ? "var(--muted)" : rampColour(share(i) * 0.93),
    shape: () => 0,
    key: rampKey(plain(levels[0], ""), plain(levels[levels.length - 1], ""), name)
  };
}

function frontOf(c, rows, state) {
  const mx = metric(state.x), my = metric(state.y);
  return mx.better && my.better ?
      paretoFront(rows, c.numbers(state.x), c.numbers(state.y), mx.better, my.better) :
      [];
}

function sweepScatter(c, rows, state) {
  const mx = metric(state.x), my = metric(state.y), colour = colouring(c, state.colour, rows);
  const about = (i) =>
      [c.knobs.filter((k) => c.text(k, i) !== "").map((k) => `${k} ${c.text(k, i)}`).join(", ") ||
           `point ${i + 1}`,
       [
         ["machine", c.text("hw", i).split("/").pop()],
         ["network", c.text("workload", i).split("/").pop()],
         ...c.metrics.map((k) => [metric(k).label, metric(k).show(c.numbers(k)[i])])
       ]];
  return card(
      `${my.label} against ${mx.label.toLowerCase()}`, "drag to zoom, double-click for the whole",
      colour.key, scatter({
        rows,
        x: c.numbers(state.x),
        y: c.numbers(state.y),
        xMetric: mx,
        yMetric: my,
        xLog: state.xLog,
        yLog: state.yLog,
        colour: colour.of,
        shape: colour.shape,
        about,
        front: state.front ? frontOf(c, rows, state) : [],
        label: `${my.label} against ${mx.label}`,
        stepFirstY: mx.better > 0
      }));
}

function sweepTables(c, rows, state) {
  const column = (k) => c.isText(k) ?
      {
        name: {hw: "Machine", workload: "Network"}[k] || k,
        text: true,
        get: (i) => c.text(k, i).split("/").pop()
      } :
      {name: metric(k).label, get: (i) => c.numbers(k)[i], show: metric(k).show};
  const columns = [
    {name: "Point", get: (i) => i + 1, show: group}, ...c.knobs.map(column), column("hw"),
    column("workload"), ...c.metrics.map(column)
  ];
  const front = frontOf(c, rows, state);
  return [
    front.length ?
        card(
            "The front",
            `${front.length} points that no other one shown beats in both ${
                metric(state.x).label.toLowerCase()} and ${metric(state.y).label.toLowerCase()}`,
            sortTable({caption: "Points of the front", rows: front, columns})) :
        null,
    el("details", {class: "card"}, el("summary", {}, "All points"),
       sortTable({caption: "Points", rows, columns}))
  ];
}

// ---- What an option does: the median over all points of each of its values, a line per network
// ----
function effectCards(c, rows, state) {
  const knobs = c.knobs.filter((k) => c.levels(k).length > 1);
  if (!knobs.length) return null;
  const key = c.metrics.includes(state.y) ? state.y : c.metrics[0];
  return el(
      "section", {},
      el("h3", {class: "sub"}, `What each option does to ${metric(key).label.toLowerCase()}`),
      el("p", {class: "about"},
         "Median over all points shown, by the option's value; " +
             "the band holds the middle half of the points."),
      el("div", {class: "cards small"}, knobs.map((k) => effectCard(c, rows, k, key))));
}

function effectCard(c, rows, knob, key) {
  const levels = c.levels(knob), values = c.numbers(key), groups = levels.map(() => []);
  const place = new Map(levels.map((v, i) => [String(v), i]));
  for (const i of rows) {
    const at = place.get(c.text(knob, i));
    if (at !== undefined && values[i] !== null) groups[at].push(values[i]);
  }
  groups.forEach((g) => g.sort((a, b) => a - b));
  const entries =
      levels.map((v, i) => ({name: String(v), group: groups[i]})).filter((e) => e.group.length);
  if (entries.length < 2) return null;
  const most = Math.max(...entries.map((e) => median(e.group, 0.75)));
  const m = metric(key);
  const items = entries.map((e) => {
    const [low, mid, high] = [0.25, 0.5, 0.75].map((q) => median(e.group, q));
    const item = el(
        "div", {class: "bar-row", role: "img", "aria-label": `${knob} ${e.name}: ${m.show(mid)}`},
        el("span", {class: "bar-name"},
           plain(Number(e.name), "") === NONE ? e.name : plain(Number(e.name), "")),
        el("span", {class: "bar-track range"}, el("i", {
             class: "band",
             style: {
               "margin-left": `${100 * low / most}%`,
               width: `${Math.max(0.4, 100 * (high - low) / most)}%`
             }
           }),
           el("i", {class: "mid", style: {left: `${100 * mid / most}%`}})),
        el("span", {class: "bar-value"}, m.show(mid)));
    return hint(
        item, `${knob} ${e.name}`,
        () => [
            ["median", m.show(mid)], ["middle half", `${m.show(low)} … ${m.show(high)}`],
            ["points", group(e.group.length)]]);
  });
  return card(knob, null, barList(knob, items));
}

function failures(c, rows) {
  const reasons = new Map();
  for (const i of rows) {
    const key = `${c.text("status", i)}: ${c.text("error", i)}`;
    if (!reasons.has(key))
      reasons.set(
          key, {status: c.text("status", i), error: c.text("error", i), count: 0, first: i + 1});
    reasons.get(key).count++;
  }
  return card("Points that failed", "by reason", sortTable({
                caption: "Failures",
                rows: [...reasons.values()],
                columns: [
                  {name: "Status", text: true, get: (r) => r.status},
                  {name: "Points", get: (r) => r.count, show: group},
                  {name: "First", get: (r) => r.first, show: group},
                  {name: "Reason", text: true, get: (r) => r.error}
                ]
              }));
}
