// Tables: what every layer costs at every pair of widths.

// Both file formats as {layers: [{name, cell(w, a)}], bits}.
function tableView(t) {
  if (t.kind === "table") {
    const [low, high] = t.bits;
    return {
      low,
      high,
      layers: t.layers.map(
          (l) => ({name: l.name, value: (key, w, a) => l[key][w - low]?.[a - low] ?? null}))
    };
  }
  const column = (name) => t.columns[t.names.indexOf(name)];
  const w = column("w_bits"), a = column("a_bits"), layer = column("layer"), layers = new Map();
  const name = (i) => Array.isArray(layer) ? String(layer[i]) : layer.values[layer.codes[i]];
  for (let i = 0; i < t.rows; i++) {
    if (!layers.has(name(i))) layers.set(name(i), new Map());
    layers.get(name(i)).set(`${w[i]},${a[i]}`, i);
  }
  return {
    low: Math.min(...w),
    high: Math.max(...w),
    layers: [...layers].map(([label, cells]) => ({
                              name: label,
                              value: (key, wb, ab) => {
                                const i = cells.get(`${wb},${ab}`);
                                return i === undefined ? null : column(key)[i];
                              }
                            }))
  };
}

function tableSection(t, index, total) {
  const view = tableView(t), state = {key: "seconds", layer: 0};
  const body = el("div", {class: "cards"});
  const draw = () => clear(body, diagonalCard(view, state.key, (i) => {
                             state.layer = i;
                             draw();
                           }), matrixCard(view, state.key, state.layer));
  draw();
  const about = t.kind === "table" ? `${t.workload.name} on ${t.hw.name} · ${t.file}` : t.file;
  return section(
      total > 1 ? `table-${index + 1}` : "table", total > 1 ? `Table ${index + 1}` : "Table", about,
      el("div", {class: "controls"},
         select(
             "Metric",
             ["seconds", "energy_j", "cycles", "dram_bytes"].map((k) => [k, METRICS[k].label]),
             state.key,
             (v) => {
               state.key = v;
               draw();
             }),
         select(
             "Layer", view.layers.map((l, i) => [i, l.name]), 0,
             (v) => {
               state.layer = Number(v);
               draw();
             })),
      body);
}

const widthsOf = (view) => [...Array(view.high - view.low + 1).keys()].map((i) => view.low + i);

function heatCell(value, share, text, label) {
  const colour = ramp(share);
  return el(
      "td", {
        class: "cell",
        style: {background: `rgb(${colour.join(",")})`, color: inkOn(colour)},
        title: label
      },
      text);
}

// Every layer with both operands equally wide, against the widest.
function diagonalCard(view, key, pick) {
  const bits = widthsOf(view), m = METRICS[key];
  const rows = view.layers.map((layer, i) => {
    const full = layer.value(key, view.high, view.high);
    return el(
        "tr", {},
        el("th", {scope: "row", class: "text"},
           el("button", {type: "button", class: "link", onclick: () => pick(i)}, layer.name)),
        bits.map((b) => {
          const v = layer.value(key, b, b), share = full > 0 && v !== null ? v / full : null;
          return share === null ?
              el("td", {class: "cell"}, NONE) :
              heatCell(v, share, digits(share, 2), `${layer.name}, ${b} × ${b} bits: ${m.show(v)}`);
        }),
        el("td", {class: "number"}, m.show(full)));
  });
  return card(
      `${m.label} by width`,
      `both operands equally wide, as a share of what ${
          view.high} bits take; a click on a layer shows all pairs`,
      el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "layers by width"},
         el("table", {class: "matrix"},
            el("thead", {},
               el("tr", {}, el("th", {class: "text"}, "Layer"),
                  bits.map((b) => el("th", {scope: "col"}, `${b} bits`)),
                  el("th", {class: "number"}, `at ${view.high} bits`))),
            el("tbody", {}, rows))));
}

function matrixCard(view, key, index) {
  const bits = widthsOf(view), m = METRICS[key], layer = view.layers[index];
  const values =
      bits.flatMap((w) => bits.map((a) => layer.value(key, w, a))).filter((v) => v !== null);
  const low = Math.min(...values), high = Math.max(...values);
  return card(
      `${layer.name}: ${m.label.toLowerCase()}`,
      "rows: bits of weights; columns: bits of activations",
      el("div", {
        class: "scroll",
        tabindex: "0",
        role: "region",
        "aria-label": `${layer.name} by pair of widths`
      },
         el("table", {class: "matrix"},
            el("thead", {},
               el("tr", {}, el("th", {}, "w \\ a"),
                  bits.map((a) => el("th", {scope: "col"}, String(a))))),
            el("tbody", {},
               bits.map((w) => el("tr", {}, el("th", {scope: "row"}, String(w)), bits.map((a) => {
                          const v = layer.value(key, w, a);
                          return v === null ? el("td", {class: "cell"}, NONE) :
                                              heatCell(
                                                  v, high > low ? (v - low) / (high - low) : 0.5,
                                                  m.show(v), `${w} × ${a} bits: ${m.show(v)}`);
                        })))))),
      rampKey(m.show(low), m.show(high), ""));
}
