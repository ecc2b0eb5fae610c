// Two runs of one network, layer by layer.
function compareSection(runs) {
  const names = runNames(runs);
  const networks = runs.map((r) => r.workload.name);
  const first = networks.findIndex((n, i) => networks.indexOf(n, i + 1) > 0);
  if (first < 0) return null;
  const state = {a: first, b: networks.indexOf(networks[first], first + 1), metric: "seconds"};
  const body = el("div", {}), controls = el("div", {class: "controls"});
  const draw = () => {
    const partners =
        runs.map((_, i) => i).filter((i) => i !== state.a && networks[i] === networks[state.a]);
    if (!partners.includes(state.b)) state.b = partners[0];
    clear(
        controls,
        select(
            "A",
            names.map((n, i) => [i, n])
                .filter(([i]) => networks.filter((n) => n === networks[i]).length > 1),
            state.a,
            (v) => {
              state.a = Number(v);
              draw();
            }),
        select(
            "B", partners.map((i) => [i, names[i]]), state.b,
            (v) => {
              state.b = Number(v);
              draw();
            }),
        select(
            "Metric", ["seconds", "energy_j", "cycles"].map((k) => [k, METRICS[k].label]),
            state.metric, (v) => {
              state.metric = v;
              draw();
            }));
    clear(
        body,
        comparison(runs[state.a], runs[state.b], names[state.a], names[state.b], state.metric));
  };
  draw();
  return section(
      "compare", "Comparison", "Two runs of one network: what changes from A to B.", controls,
      body);
}

const ratioText = (r) => r === null || !isFinite(r) || r === 0 ? NONE :
    r >= 1                                                     ? `${fixed(r, 3)}×` :
                                                                 `1/${fixed(1 / r, 3)}×`;
const widthText = (l) => l.macs > 0 ? `${l.w_bits} × ${l.a_bits}` : NONE;
const changeText = (a, b) => a > 0 ?
    `${
        b > a     ? "+" :
            b < a ? "−" :
                    ""}${fixed(Math.abs(100 * (b / a - 1)), 3)}\u00a0%` :
    NONE;

function comparison(a, b, nameA, nameB, key) {
  const m = METRICS[key], other = new Map(b.layers.map((l) => [l.name, l]));
  const rows = a.layers.filter((l) => other.has(l.name))
                   .map((l) => ({name: l.name, a: l, b: other.get(l.name)}))
                   .filter((r) => r.a[key] > 0 || r.b[key] > 0);
  if (!rows.length) return el("p", {class: "note"}, "No layer of A has the name of one of B.");
  const missing =
      a.layers.length + b.layers.length - 2 * a.layers.filter((l) => other.has(l.name)).length;
  const totals = ["seconds", "energy_j", "cycles", "dram_bytes", "area_mm2", "utilisation"].map(
      (k) => ({key: k, a: a.total[k], b: b.total[k]}));
  return [
    el("div", {class: "cards"},
       card(
           "Totals", null, sortTable({
             caption: "Totals of A and B",
             rows: totals,
             columns: [
               {name: "Metric", text: true, get: (r) => METRICS[r.key].label},
               {name: "A", get: (r) => r.a, show: (v, r) => METRICS[r.key].show(v)},
               {name: "B", get: (r) => r.b, show: (v, r) => METRICS[r.key].show(v)}, {
                 name: "Change",
                 get: (r) => r.a > 0 ? r.b / r.a : null,
                 show: (v, r) => changeText(r.a, r.b)
               }
             ]
           }),
           el("p", {class: "hint"}, `A: ${nameA}`), el("p", {class: "hint"}, `B: ${nameB}`)),
       card(
           `${m.label} per layer, B against A`,
           "to the left B takes less, to the right more; doubling and halving are equally long",
           divergingBars(a, rows, key, m))),
    card(
        "Layers of both", missing ? `${missing} layers are in one of the runs alone` : null,
        sortTable({
          caption: `${m.label} per layer`,
          rows,
          click: (r) => showLayer(b, r.b),
          columns: [
            {name: "Layer", text: true, get: (r) => r.name},
            {name: "A", get: (r) => r.a[key], show: m.show},
            {name: "B", get: (r) => r.b[key], show: m.show}, {
              name: "B − A",
              get: (r) => r.b[key] - r.a[key],
              show: (v) => v < 0 ? `−${m.show(-v)}` : m.show(v)
            },
            {name: "B / A", get: (r) => r.a[key] > 0 ? r.b[key] / r.a[key] : null, show: ratioText},
            {
              name: "A",
              unit: "bits",
              get: (r) => r.a.w_bits * 100 + r.a.a_bits,
              show: (v, r) => widthText(r.a)
            },
            {
              name: "B",
              unit: "bits",
              get: (r) => r.b.w_bits * 100 + r.b.a_bits,
              show: (v, r) => widthText(r.b)
            }
          ]
        })),
  ];
}

function divergingBars(a, rows, key, m) {
  const value = (r) => r.a[key] > 0 && r.b[key] > 0 ? Math.log2(r.b[key] / r.a[key]) : 0;
  const most = Math.max(0.25, ...rows.map((r) => Math.abs(value(r))));
  const items = rows.map((r) => {
    const v = value(r), width = 50 * Math.abs(v) / most;
    const item =
        el("div", {
          class: "bar-row",
          role: "button",
          "aria-label": `${r.name}: ${changeText(r.a[key], r.b[key])}, opens details`
        },
           el("span", {class: "bar-name", title: r.name}, r.name),
           el("span", {class: "bar-track diverging"}, el("i", {
                style: {
                  width: `${width}%`,
                  "margin-left": `${v < 0 ? 50 - width : 50}%`,
                  background: v < 0 ? "var(--good)" : "var(--bad)"
                }
              })),
           el("span", {class: "bar-value"}, ratioText(r.a[key] > 0 ? r.b[key] / r.a[key] : null)));
    hint(item, r.name, () => [["A", m.show(r.a[key])], ["B", m.show(r.b[key])], [
                         "change", changeText(r.a[key], r.b[key])
                       ]]);
    return clickable(item, () => showLayer(a, r.a));
  });
  return barList("change per layer", items);
}
