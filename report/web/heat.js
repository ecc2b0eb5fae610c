// A number per PE, on the array's own rows and columns.

// The machine's shape, or the squarest one.
function arrayShape(run, count) {
  const {rows, cols} = run.hw.options || {};
  if (rows * cols === count) return [rows, cols];
  let high = Math.max(1, Math.floor(Math.sqrt(count)));
  while (count % high) high--;
  return high * high * 8 < count ?
      [Math.ceil(count / Math.ceil(Math.sqrt(count))), Math.ceil(Math.sqrt(count))] :
      [high, count / high];
}

function heatCard(run) {
  const layers =
      run.layers.filter((l) => l.pe && Object.keys(l.pe).length && Object.values(l.pe)[0].length);
  if (!layers.length) return null;
  const counters =
      Object.keys(layers[0].pe).filter((key) => layers.some((l) => l.pe[key]?.some((v) => v > 0)));
  const state = {
    layer: "all",
    counter: counters.find((k) => ["active_cycles", "entries"].includes(k)) || counters[0]
  };
  const body = el("div", {});
  const values = () => {
    const list = state.layer === "all" ? layers : [layers[Number(state.layer)]];
    const first = list[0].pe[state.counter] || [];
    return first.map((_, pe) => sum(list.map((l) => l.pe[state.counter]?.[pe] ?? 0)));
  };
  const draw = () => clear(body, heatMap(run, values(), words(state.counter)));
  draw();
  return card(
      "Load of the PEs", "one cell per PE; arrow keys go from cell to cell",
      el("div", {class: "controls"},
         select(
             "Counter", counters.map((k) => [k, words(k)]), state.counter,
             (v) => {
               state.counter = v;
               draw();
             }),
         select(
             "Layer", [["all", "all layers"]].concat(layers.map((l, i) => [i, l.name])), "all",
             (v) => {
               state.layer = v;
               draw();
             })),
      body);
}

function heatMap(run, values, name) {
  const [rows, cols] = arrayShape(run, values.length);
  const low = Math.min(...values), high = Math.max(...values),
        mean = sum(values) / (values.length || 1);
  const at = {cell: 0};
  const canvas = el("canvas", {
    class: "heat",
    tabindex: "0",
    role: "img",
    "aria-label": `${name}, ${values.length} PEs: least ${group(low)}, mean ${digits(mean)}, most ${
        group(high)}`
  });
  const share = (v) => high > low ? (v - low) / (high - low) : 0.5;
  canvas.width = cols;
  canvas.height = rows;
  canvas.style.aspectRatio = `${cols} / ${rows}`;
  canvas.style.maxWidth = `${Math.max(cols * 28, 160)}px`;
  const ctx = canvas.getContext("2d");
  values.forEach((v, i) => {
    ctx.fillStyle = rampColour(share(v));
    ctx.fillRect(i % cols, Math.floor(i / cols), 1, 1);
  });
  const show = (cell) => {
    const box = canvas.getBoundingClientRect();
    const x = box.left + (cell % cols + 0.5) / cols * box.width,
          y = box.top + (Math.floor(cell / cols) + 0.5) / rows * box.height;
    showTip(x, y, `PE ${cell}`, [
      ["row, column", `${Math.floor(cell / cols)}, ${cell % cols}`], [name, group(values[cell])],
      ["of the mean", mean > 0 ? percent(values[cell] / mean) : NONE]
    ]);
  };
  canvas.addEventListener("pointermove", (e) => {
    const box = canvas.getBoundingClientRect();
    const cell = Math.floor((e.clientY - box.top) / box.height * rows) * cols +
        Math.floor((e.clientX - box.left) / box.width * cols);
    if (cell >= 0 && cell < values.length) {
      at.cell = cell;
      show(cell);
    }
  });
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("blur", hideTip);
  canvas.addEventListener("keydown", (e) => {
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: cols, ArrowUp: -cols}[e.key];
    if (!step) return;
    e.preventDefault();
    at.cell = Math.max(0, Math.min(values.length - 1, at.cell + step));
    show(at.cell);
  });
  return el("div", {}, canvas, rampKey(group(low), group(high), `${name}, mean ${digits(mean)}`));
}
