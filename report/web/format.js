// Numbers with units. Four significant digits, SI prefixes, and a figure space where digits group.
const PREFIXES = [
  [1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"],
  [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]
];
const NONE = "–";

const minus = (text) => text.replace("-", "\u2212");

function digits(value, count = 4) {
  const text = value.toPrecision(count);
  return minus(
      text.includes("e") ? String(Number(text)) :
                           text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""));
}

// As many digits everywhere, so that columns of numbers align.
function fixed(value, count = 4) {
  const text = value.toPrecision(count);
  return minus(text.includes("e") ? String(Number(text)) : text);
}

function group(value) {
  return minus(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
}

function si(value, unit, count) {
  if (value === null || value === undefined || !isFinite(value)) return NONE;
  if (value === 0) return `0\u00a0${unit}`;
  const size = Math.abs(value);
  const [factor, prefix] =
      PREFIXES.find(([f]) => size >= f * 0.99995) || PREFIXES[PREFIXES.length - 1];
  const number = count                        ? digits(value / factor, count) :
      factor === 1 && Number.isInteger(value) ? minus(String(value)) :
                                                fixed(value / factor);
  return `${number}\u00a0${prefix}${unit}`;
}

const plain = (value, unit) =>
    (value === null || !isFinite(value)                    ? NONE :
         Number.isInteger(value) && Math.abs(value) < 1e15 ? group(value) :
                                                             digits(value)) +
    (unit ? `\u00a0${unit}` : "");
const percent = (value, count = 3) => value === null || !isFinite(value) ? NONE :
    value > 0 && value < 5e-5                                            ? "<\u00a00.01\u00a0%" :
                                `${fixed(100 * value, value < 0.01 ? 2 : count)}\u00a0%`;

// What the columns of all inputs mean. `better`: -1 the less the better, +1 the more.
const METRICS = {
  seconds: {label: "Latency", unit: "s", better: -1, show: (v) => si(v, "s")},
  energy_j: {label: "Energy", unit: "J", better: -1, show: (v) => si(v, "J")},
  cycles: {label: "Cycles", unit: "cycles", better: -1, show: (v) => plain(v, "")},
  area_mm2: {
    label: "Area",
    unit: "mm²",
    better: -1,
    show: (v) => v === null || !isFinite(v) ? NONE : `${fixed(v)}\u00a0mm²`
  },
  power_w: {label: "Power", unit: "W", better: -1, show: (v) => si(v, "W")},
  edp: {label: "Energy × delay", unit: "J s", better: -1, show: (v) => si(v, "J·s")},
  utilisation: {label: "Utilisation", unit: "", better: 1, show: (v) => percent(v)},
  dram_bytes: {label: "DRAM traffic", unit: "B", better: -1, show: (v) => si(v, "B")},
  size_bytes: {label: "Size of the weights", unit: "B", better: -1, show: (v) => si(v, "B")},
  bops: {label: "Bit operations", unit: "ops", better: -1, show: (v) => si(v, "ops")},
  macs: {label: "MACs", unit: "MACs", better: -1, show: (v) => si(v, "")},
  accuracy: {label: "Accuracy (top-1)", unit: "", better: 1, show: (v) => percent(v, 4)},
  loss: {label: "Loss", unit: "nats", better: -1, show: (v) => plain(v, "nats")},
  reward: {label: "Reward", unit: "", better: 1, show: (v) => plain(v, "")},
};

// Options carry their unit in their name.
const metric = (key) =>
    METRICS[key] || {label: key, unit: "", better: 0, show: (v) => plain(v, "")};

function withUnit(m) { return m.unit ? `${m.label} (${m.unit})` : m.label; }

const words = (name) => name.replace(/_/g, " ");
const sum = (values) => values.reduce((a, b) => a + b, 0);

function median(sorted, share = 0.5) {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

// The shortest endings of paths that tell them apart.
function shortNames(paths) {
  const parts = paths.map((p) => p.split("/").filter((x) => x !== ""));
  return parts.map((own, i) => {
    for (let n = 1; n <= own.length; n++) {
      const name = own.slice(-n).join("/");
      if (parts.every(
              (other, j) => j === i || paths[j] === paths[i] || other.slice(-n).join("/") !== name))
        return name;
    }
    return paths[i];
  });
}
