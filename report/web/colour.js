// Colours that stay apart for colour-blind eyes (Okabe and Ito; Tol's muted for what is beyond), as
// custom properties of the page, so that both themes and print have their own.
const SERIES = 12;
const series = (i) => `var(--s${i % SERIES})`;

// The same thing has the same colour in every figure.
const FIXED = {
  computing: 0,
  dram: 5,
  leakage: 11,
  array: 0,
  mac: 0,
  arithmetic: 0,
  wbuf: 1,
  weight_buffer: 1,
  spmat_read: 1,
  ibuf: 4,
  input_buffer: 4,
  ptr_read: 4,
  obuf: 2,
  output_buffer: 2,
  act_rw: 2,
  unused: 11,
  empty_column: 11,
  fill: 1,
  drain: 3,
  load_input: 4,
  load_weight: 5,
  load_output: 2,
  imbalance: 5,
  padding: 1,
  setup: 6,
  buffer: 7,
  port: 8,
  memory: 5,
  compute: 0,
  clock: 6,
  handover: 8,
  vector_unit: 9,
  fusion_unit: 3,
  act_queue: 7,
  lnzd: 9,
  scan: 4,
  back_pressure: 3,
  act_load: 7,
  write_back: 2,
  elements: 9,
  layer_switch: 8,
  scratchpad: 3,
  pe_links: 7
};

// Names to colours: the fixed ones first, then the first free for each other.
function colours(names) {
  const taken = new Set(), place = {};
  for (const name of names) {
    if (FIXED[name] === undefined || taken.has(FIXED[name])) continue;
    place[name] = FIXED[name];
    taken.add(place[name]);
  }
  names.forEach((name, i) => {
    if (place[name] === undefined)
      place[name] = [...Array(SERIES).keys()].find((k) => !taken.has(k)) ?? i;
    taken.add(place[name]);
  });
  return Object.fromEntries(names.map((name) => [name, series(place[name])]));
}

// For canvases, which know no custom properties. Read anew after every change of theme.
let resolved = new Map();
function css(colour) {
  const name = colour.startsWith("var(") ? colour.slice(4, -1) : colour;
  if (!name.startsWith("--")) return colour;
  if (!resolved.has(name))
    resolved.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return resolved.get(name);
}

// Little to much: viridis, which also prints in grey. t from 0 to 1.
const RAMP = [
  "440154", "472c7a", "3b518b", "2c718e", "21908d", "27ad81", "5cc863", "aadc32", "fde725"
].map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));

function ramp(t) {
  const at = Math.max(0, Math.min(1, t)) * (RAMP.length - 1);
  const i = Math.min(RAMP.length - 2, Math.floor(at));
  return RAMP[i].map((c, k) => Math.round(c + (RAMP[i + 1][k] - c) * (at - i)));
}
const rampColour = (t) => `rgb(${ramp(t).join(",")})`;
const rampGradient = `linear-gradient(90deg,${RAMP.map((c) => `rgb(${c.join(",")})`).join(",")})`;

function rampKey(low, high, label) {
  return el(
      "div", {class: "ramp"}, el("span", {}, low), el("i", {style: {background: rampGradient}}),
      el("span", {}, high), label ? el("span", {class: "ramp-label"}, label) : null);
}

// Black or white, whichever reads on the colour.
const inkOn = ([r, g, b]) => (0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#111" : "#fff");

// Canvases, and what draws them again in other colours.
const redraws = new Map();
function recolour() {
  resolved = new Map();
  for (const [node, redraw] of redraws) {
    if (node.isConnected) redraw();
    else redraws.delete(node);  // a choice has replaced it
  }
}
