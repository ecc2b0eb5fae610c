// One layer: what kind it is, and all that is known of it.
const KINDS = {
  depthwise: ["depthwise", 1],
  pointwise: ["pointwise (1×1)", 0],
  conv: ["convolution", 2],
  linear: ["linear", 3],
  matmul: ["matmul", 4],
  other: ["other", 11]
};

function kindOf(layer) {
  const shape = layer.shape;
  if (layer.op === "linear" || layer.op === "matmul") return layer.op;
  if (layer.op !== "conv2d" || !shape) return "other";
  if (shape.groups > 1 && shape.groups === shape.in_channels) return "depthwise";
  return shape.kernel_height === 1 && shape.kernel_width === 1 ? "pointwise" : "conv";
}

const kindLabel = (layer) =>
    kindOf(layer) === "other" ? layer.op || "unknown" : KINDS[kindOf(layer)][0];

function shapeText(s) {
  const kernel =
      s.kernel_height > 1 || s.kernel_width > 1 ? `, ${s.kernel_height}×${s.kernel_width}` : "";
  return `${s.in_channels}×${s.in_height}×${s.in_width} → ${s.out_channels}×${s.out_height}×${
             s.out_width}${kernel}` +
      (s.stride > 1 ? `, stride ${s.stride}` : "") + (s.groups > 1 ? `, ${s.groups} groups` : "");
}

const dramBytes = (layer) => layer.counters.dram_read_bits === undefined ?
    null :
    (layer.counters.dram_read_bits + layer.counters.dram_write_bits) / 8;

// Operations that the machine executed: machines of sparse weights leave out zeros.
function executedMacs(layer) {
  const c = layer.counters;
  return c.entries === undefined ? layer.macs : c.entries - c.padding_entries;
}

// PE-cycles: those that computed, and the lost ones by cause. The rest, if any, is not accounted
// for.
function activity(layer) {
  const c = layer.counters, parts = {};
  const all = c.pe_cycles || 0;
  const active =
      c.active_pe_cycles ?? (c.entries === undefined ? 0 : c.entries - c.padding_entries);
  if (all > 0) parts.computing = active;
  for (const [cause, cycles] of Object.entries(layer.stall_cycles))
    if (cycles > 0) parts[cause] = cycles;
  const rest = all - sum(Object.values(parts));
  if (rest > 0.001 * all) parts.other = rest;
  return parts;
}

// A layer's time, by what the PEs did meanwhile.
function timeParts(layer) {
  const parts = activity(layer), all = sum(Object.values(parts));
  if (!all) return layer.seconds > 0 ? {computing: layer.seconds} : {};
  return Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, layer.seconds * v / all]));
}

const layerBox = document.getElementById("layer");

function showLayer(run, layer) {
  hideTip();
  const dram = dramBytes(layer);
  const close =
      el("button",
         {type: "button", class: "quiet", onclick: () => layerBox.close(), "aria-label": "Close"},
         "✕");
  const facts = [
    ["latency", si(layer.seconds, "s")], ["cycles", group(layer.cycles)],
    ["energy", si(layer.energy_j, "J")], ["MACs", si(layer.macs, "")],
    ["utilisation", percent(layer.utilisation)],
    ["weights × inputs", `${layer.w_bits} × ${layer.a_bits} bits`], ["DRAM traffic", si(dram, "B")],
    ["bound by", layer.bound || NONE]
  ];
  const whole = (parts) => Object.entries(parts).filter(([, v]) => v > 0);
  clear(
      layerBox, el("header", {}, el("h2", {id: "layer-title"}, layer.name), close),
      el("p", {class: "about"},
         `${kindLabel(layer)}${layer.shape ? `, ${shapeText(layer.shape)}` : ""} \u00b7 ${
             run.workload.name} on ${run.hw.name}`),
      el("div", {class: "facts"},
         facts.map(([k, v]) => el("div", {}, el("span", {}, k), el("b", {}, v)))),
      layer.note ? el("p", {class: "hint"}, layer.note) : null,
      el("div", {class: "cards"},
         el("div", {class: "stack"}, partsCard({
              title: "Energy",
              note: "by component",
              parts: layer.energy,
              show: (v) => si(v, "J")
            }),
            partsCard({
              title: "What the PEs did",
              note: "PE-cycles",
              parts: activity(layer),
              show: (v) => group(v)
            })),
         whole(layer.counters).length ?
             card(
                 "Counters", "of the whole machine; those that are 0 are left out",
                 pairs(whole(layer.counters).map(([k, v]) => [words(k), group(v)]))) :
             null));
  layerBox.showModal();
  layerBox.scrollTop = 0;
}

layerBox.addEventListener("click", (e) => {
  if (e.target === layerBox) layerBox.close();
});
