// Lines over a common x, on uPlot.

function axisStyle(label, values, extra) {
  return {
    label,
    labelSize: 16,
    labelFont: "12px system-ui, sans-serif",
    font: "11px system-ui, sans-serif",
    labelGap: 0,
    stroke: () => css("--muted"),
    grid: {stroke: () => css("--grid"), width: 1},
    ticks: {show: false},
    values,
    ...extra
  };
}

const axisValues = (m) => (u, ticks) => ticks.map(
    (v) => v === null ? "" :
        m.tick        ? m.tick(v) :
        m.unit && ["s", "J", "B", "W", "ops", "J s"].includes(m.unit) ?
                 si(v, m.unit === "J s" ? "J·s" : m.unit, 3) :
        m.show === METRICS.utilisation.show || m === METRICS.accuracy ?
                 `${digits(100 * v, 3)}\u00a0%` :
        Math.abs(v) >= 1e5 ? si(v, "", 3) :
                             digits(v, 4));

// On a logarithmic axis only the powers have names, and 2 and 5 where there is room.
function logValues(m) {
  const show = axisValues(m);
  return (u, ticks) => {
    const all = ticks.filter((v) => v !== null);
    const decades = all.length ? Math.log10(all[all.length - 1] / all[0]) : 0;
    const keep = decades > 2 ? [1] : decades > 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 7];
    const named = (v) =>
        keep.some((k) => Math.abs(v / 10 ** Math.floor(Math.log10(v) + 1e-9) - k) < 1e-6);
    return show(u, ticks.map((v) => v !== null && named(v) ? v : null));
  };
}

// `make()` returns options and data; the plot is made anew for another width or theme.
function plot(label, height, make, keys) {
  const holder = el("div", {
    class: "plot",
    role: "img",
    tabindex: "0",
    "aria-label": label,
    style: {"min-height": `${height}px`}
  });
  let u = null, width = 0;
  const draw = () => {
    if (!width) return;
    const [options, data] = make();
    if (u) u.destroy();
    u = new uPlot(
        {width, height, legend: {show: false}, padding: [10, 14, 0, 0], ...options}, data, holder);
  };
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now && now !== width) {
      width = now;
      draw();
    }
  }).observe(holder);
  redraws.set(holder, draw);
  holder.addEventListener("keydown", (e) => u && keys(u, e));
  holder.addEventListener("blur", hideTip);
  return holder;
}

// Arrow keys move the cursor from one x to the next.
function stepCursor(u, e) {
  const step = {ArrowRight: 1, ArrowLeft: -1}[e.key];
  if (!step) return;
  e.preventDefault();
  const last = u.data[0].length - 1;
  const i = Math.max(
      0,
      Math.min(last, (u.cursor.idx ?? (step > 0 ? -1 : last + 1)) + step * (e.shiftKey ? 10 : 1)));
  const y = u.data.slice(1).map((column) => column[i]).find((v) => v !== null && v !== undefined);
  u.setCursor({left: u.valToPos(u.data[0][i], "x"), top: y === undefined ? 0 : u.valToPos(y, "y")});
}

const lineStyle = (line, paths) => ({
  label: line.name || "",
  stroke: () => css(line.colour),
  width: line.width ?? 1.75,
  dash: line.dash,
  points: {show: false},
  paths
});

// x, lines: [{name, values, colour, dash, width}], bands: [[upper, lower, colour]] of line
// numbers.
function linePlot({label, height = 280, x, lines, bands, xMetric, yMetric, heading, steps, range}) {
  const paths = steps ? uPlot.paths.stepped({align: 1}) : uPlot.paths.linear();
  const over = (u) => {
    if (u.cursor.idx === null || u.cursor.idx === undefined || u.cursor.left < 0) return hideTip();
    const box = u.over.getBoundingClientRect();
    const rows = lines
                     .filter(
                         (l) => l.name && l.values[u.cursor.idx] !== null &&
                             l.values[u.cursor.idx] !== undefined)
                     .map((l) => [l.name, yMetric.show(l.values[u.cursor.idx]), l.colour]);
    if (rows.length)
      showTip(box.left + u.cursor.left, box.top + u.cursor.top, heading(x[u.cursor.idx]), rows);
  };
  return plot(
      label, height,
      () =>
          [{
            cursor: {y: false, drag: {x: true, y: false}, points: {size: 6}},
            scales: {x: {time: false}, y: range ? {range} : {}},
            axes: [
              axisStyle(withUnit(xMetric), axisValues(xMetric), {size: 30}),
              axisStyle(withUnit(yMetric), axisValues(yMetric), {size: 62}),
            ],
            series: [{}].concat(lines.map((l) => lineStyle(l, paths))),
            bands:
                (bands ||
                 []).map(([a, b, colour]) => ({series: [a + 1, b + 1], fill: () => css(colour)})),
            hooks: {setCursor: [over]},
          },
           [x, ...lines.map((l) => l.values)]],
      stepCursor);
}
