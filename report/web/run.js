// One run: totals, roofline, layers, PEs.
function tiles(run) {
  const t = run.total;
  return el("div", {class: "tiles"}, [
    ["Latency", si(t.seconds, "s")], ["Energy", si(t.energy_j, "J")],
    ["Area", METRICS.area_mm2.show(t.area_mm2)],
    ["Power", si(t.power_w ?? t.energy_j / t.seconds, "W")], ["Cycles", group(t.cycles)],
    ["Utilisation", percent(t.utilisation)], ["DRAM traffic", si(t.dram_bytes, "B")],
    ["MACs", si(t.macs, "")]
  ].map(([k, v]) => el("div", {}, el("span", {}, k), el("b", {}, v))));
}

function layerRows(run, parts) {
  return run.layers.filter((l) => l.cycles > 0 || sum(Object.values(parts(l))) > 0)
      .map(
          (layer) => ({name: layer.name, parts: parts(layer), click: () => showLayer(run, layer)}));
}

function stallCard(run) {
  const totals = {};
  for (const layer of run.layers) {
    for (const [cause, cycles] of Object.entries(activity(layer)))
      totals[cause] = (totals[cause] || 0) + cycles;
  }
  return partsCard({
    title: "Where PE-cycles go",
    note: "all layers; computing, and the lost ones by cause",
    parts: totals,
    show: (v) => si(v, "")
  });
}

function layerTable(run) {
  const number = (name, unit, get, show) => ({name, unit, get, show});
  return sortTable({
    caption: "Layers",
    rows: run.layers,
    click: (layer) => showLayer(run, layer),
    columns: [
      {name: "Layer", text: true, get: (l) => l.name},
      {name: "Kind", text: true, get: (l) => kindLabel(l)},
      number("w", "bits", (l) => l.w_bits || null), number("a", "bits", (l) => l.a_bits || null),
      number("Cycles", "", (l) => l.cycles, group),
      number("Latency", "", (l) => l.seconds, (v) => si(v, "s")),
      number("Energy", "", (l) => l.energy_j, (v) => si(v, "J")),
      number("MACs", "", (l) => l.macs, (v) => si(v, "")),
      number("DRAM", "", dramBytes, (v) => si(v, "B")),
      number("Utilisation", "", (l) => l.utilisation, (v) => percent(v)),
      {name: "Bound by", text: true, get: (l) => l.bound}
    ]
  });
}

function runCards(run) {
  const bits = run.layers.filter((l) => l.w_bits > 0 && l.macs > 0);
  return [
    el("div", {class: "cards"}, rooflineCard(run),
       el("div", {class: "stack"}, partsCard({
            title: "Energy by component",
            note: "all layers, computing mode",
            parts: run.energy_j,
            show: (v) => si(v, "J")
          }),
          partsCard({
            title: "Area by structure",
            note: "the whole machine",
            parts: run.area_mm2,
            show: (v) => `${fixed(v, 3)}\u00a0mm²`
          })),
       barCard({
         title: "Latency by layer",
         note: "a layer's time, divided by what its PEs did meanwhile; a click opens the layer",
         rows: layerRows(run, timeParts),
         show: (v) => si(v, "s"),
         label: "latency by layer"
       }),
       barCard({
         title: "Energy by layer",
         note: "by component; a click opens the layer",
         rows: layerRows(run, (l) => l.energy),
         show: (v) => si(v, "J"),
         label: "energy by layer"
       }),
       bits.length ? widthsCard(
                         "Bits per layer", bits,
                         (name) => showLayer(run, bits.find((l) => l.name === name))) :
                     null,
       el("div", {class: "stack"}, stallCard(run), heatCard(run))),
    el("div", {class: "card"}, el("h3", {}, "All layers"), layerTable(run)),
  ];
}

function runsSection(runs) {
  const names = runNames(runs);
  const body = el("div", {});
  const head = el("div", {});
  const draw = (i) => {
    const run = runs[i];
    clear(
        head,
        el("p", {class: "about"},
           `${run.workload.name} on ${run.hw.name} (${run.hw.accelerator}), ${run.model} model` +
               (run.workload.batch > 1 ? `, batch ${run.workload.batch}` : "") + ` · ${run.file}`));
    clear(body, tiles(run), runCards(run), checkNote(run));
  };
  draw(0);
  return section(
      "runs", runs.length > 1 ? "Runs" : "Run", null,
      runs.length > 1 ? el("div", {class: "controls"},
                           select("Run", names.map((n, i) => [i, n]), 0, (i) => draw(Number(i)))) :
                        null,
      head, body);
}

function checkNote(run) {
  if (!run.check) return null;
  const bad = run.check.mismatches > 0;
  return el(
      "p", {class: bad ? "note bad" : "note"},
      `Outputs compared with the plain reference: ${group(run.check.compared)}, of which differ: ${
          group(run.check.mismatches)}.`);
}

// What tells the runs apart: network, machine, and the file where these are equal.
function runNames(runs) {
  const files = shortNames(runs.map((r) => r.file));
  const base = runs.map((r) => `${r.workload.name} · ${r.hw.name}`);
  return base.map(
      (name, i) => base.filter((n) => n === name).length > 1 ? `${name} · ${files[i]}` : name);
}
