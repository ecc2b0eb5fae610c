// Bits per layer: weights upwards, activations downwards, coloured by the kind of layer.
function widthsCard(title, layers, click, extra) {
  const kinds = [...new Set(layers.map(kindOf))];
  const name = (k) => k === "other" ? "kind not known" : KINDS[k][0];
  return card(
      title, "weights above the line, activations below", extra || null,
      legend(kinds.map((k) => [name(k), series(KINDS[k][1])])),
      el("div", {class: "split"}, responsive((width) => widthsFigure(layers, click, width), 280),
         kindMeans(layers, kinds, name)));
}

function widthsFigure(layers, click, room) {
  const left = 58, step = Math.max(15, Math.min(46, Math.floor((room - left - 8) / layers.length))),
        top = 18, unit = 8;
  const most = Math.max(8, ...layers.map((l) => Math.max(l.w_bits, l.a_bits)));
  const scale = unit * 8 / most * 1.4, axis = top + most * scale,
        height = axis + most * scale + 26 + labelRoom(layers);
  const width = left + layers.length * step + 8;
  const columns = layers.map(
      (layer, i) => widthsColumn(layer, left + i * step, step, axis, scale, most, click));
  const ticks = [most, most / 2, -most / 2, -most].map(
      (bits) =>
          [svg("line", {
             x1: left,
             x2: width - 8,
             y1: axis - bits * scale,
             y2: axis - bits * scale,
             class: "grid"
           }),
           svg("text",
               {x: left - 6, y: axis - bits * scale + 4, class: "tick", "text-anchor": "end"},
               String(Math.abs(bits)))]);
  return el(
      "div", {class: "scroll"},
      rove(
          svg("svg", {
            width,
            height,
            viewBox: `0 0 ${width} ${height}`,
            role: "group",
            "aria-label": "bits per layer"
          },
              ticks, svg("line", {x1: left, x2: width - 8, y1: axis, y2: axis, class: "axis-line"}),
              svg("text", {
                x: 12,
                y: axis - most * scale / 2,
                class: "axis",
                "text-anchor": "middle",
                transform: `rotate(-90 12 ${axis - most * scale / 2})`
              },
                  "weights"),
              svg("text", {
                x: 12,
                y: axis + most * scale / 2,
                class: "axis",
                "text-anchor": "middle",
                transform: `rotate(-90 12 ${axis + most * scale / 2})`
              },
                  "activations"),
              svg("text", {x: 30, y: axis + 4, class: "tick", "text-anchor": "middle"}, "bits"),
              columns),
          columns));
}

const labelRoom = (layers) =>
    Math.min(110, 8 + 6.2 * Math.max(...layers.map((l) => l.name.length)));

function widthsColumn(layer, x, step, axis, scale, most, click) {
  const colour = series(KINDS[kindOf(layer)][1]), thick = step - 3;
  const low = axis + most * scale + 20;
  const label = layer.name.length > 17 ? `${layer.name.slice(0, 16)}…` : layer.name;
  const number = (bits, y) => step >= 15 && bits ?
      svg("text", {x: x + thick / 2, y, class: "bits", "text-anchor": "middle"}, String(bits)) :
      null;
  const column = svg(
      "g", {
        class: "column",
        role: click ? "button" : "img",
        "aria-label":
            `${layer.name}: weights ${layer.w_bits} bits, activations ${layer.a_bits} bits`
      },
      svg("rect",
          {x, y: axis - most * scale, width: thick, height: 2 * most * scale, class: "hit"}),
      svg("rect", {
        x,
        y: axis - layer.w_bits * scale,
        width: thick,
        height: layer.w_bits * scale,
        fill: colour
      }),
      svg("rect",
          {x, y: axis, width: thick, height: layer.a_bits * scale, fill: colour, opacity: 0.55}),
      number(layer.w_bits, axis - layer.w_bits * scale - 3),
      number(layer.a_bits, axis + layer.a_bits * scale + 11),
      svg("text", {
        x: x + thick / 2 + 3,
        y: low,
        class: "tick",
        "text-anchor": "end",
        transform: `rotate(-90 ${x + thick / 2 + 3} ${low})`
      },
          label));
  hint(column, layer.name, () => [["kind", kindLabel(layer)], ["weights", `${layer.w_bits} bits`], [
                             "activations", `${layer.a_bits} bits`
                           ]]);
  return click ? clickable(column, () => click(layer.name)) : column;
}

function kindMeans(layers, kinds, name) {
  if (kinds.length < 2) return null;
  const mean = (list, key) => sum(list.map((l) => l[key])) / list.length;
  return pairsTable(
      kinds.map((k) => {
        const own = layers.filter((l) => kindOf(l) === k);
        return [
          name(k), own.length, digits(mean(own, "w_bits"), 3), digits(mean(own, "a_bits"), 3)
        ];
      }),
      ["Kind", "Layers", "Mean of weights (bits)", "Mean of activations (bits)"]);
}

function pairsTable(rows, heads) {
  return el(
      "div", {class: "scroll"},
      el("table", {},
         el("thead", {},
            el("tr", {},
               heads.map((h, i) => el("th", {scope: "col", class: i ? "number" : "text"}, h)))),
         el("tbody", {},
            rows.map(
                (row) =>
                    el("tr", {},
                       row.map(
                           (v, i) =>
                               el(i ? "td" : "th",
                                  {class: i ? "number" : "text", scope: i ? null : "row"}, v)))))));
}
