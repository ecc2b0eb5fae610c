// Operations per second against operations per byte of DRAM traffic: which layers memory holds
// back.

// Peak rates of a layer's machine: at the layer's widths, and of its DRAM. null: not known.
function peaks(run, layer) {
  const o = run.hw.options || {}, clock = (o.clock_mhz || 0) * 1e6;
  const ports = ["weight_port_bits", "input_port_bits", "output_port_bits"].map((k) => o[k] || 0);
  const bits = o.dram_bits_per_cycle ?? sum(ports);
  const sparse = layer.counters.entries !== undefined;
  // Elsewhere utilisation is the share of the peak at the layer's widths.
  const compute = sparse    ? (o.pe_count || 0) * clock * lanesOf(layer) :
      layer.utilisation > 0 ? layer.macs / layer.seconds / layer.utilisation :
                              0;
  return {compute: compute || null, memory: bits * clock / 8 || null};
}

// Of a machine that does several products at once at narrow widths: entries per cycle of issue.
function lanesOf(layer) {
  const {issue_cycles: issue, entries} = layer.counters;
  return issue > 0 && entries > issue ? 2 ** Math.ceil(Math.log2(entries / issue)) : 1;
}

function rooflinePoints(run) {
  return run.layers.filter((l) => l.cycles > 0 && l.macs > 0)
      .map((layer) => {
        const bytes = dramBytes(layer), macs = executedMacs(layer), p = peaks(run, layer);
        return {
          layer,
          ...p,
          rate: macs / layer.seconds,
          intensity: bytes > 0 ? macs / bytes : null,
          bytes
        };
      })
      .filter((p) => p.rate > 0 && p.bytes !== null);
}

function rooflineCard(run) {
  const points = rooflinePoints(run);
  if (!points.length) return null;
  const kinds = [...new Set(points.map((p) => kindOf(p.layer)))];
  const idle = points.filter((p) => p.intensity === null).length;
  return card(
      "Roofline",
      `a point per layer; its area grows with its time.${
          idle ?
              ` ${idle} of the layers move nothing to or from DRAM and stand at the right edge.` :
              ""}`,
      legend(kinds.map((k) => [KINDS[k][0], series(KINDS[k][1])])),
      responsive((width) => rooflineSvg(run, points, width), 300));
}

function decadeTicks(low, high) {
  const out = [];
  for (let d = Math.floor(low); d <= Math.ceil(high); d++)
    if (d >= low && d <= high) out.push(d);
  return out;
}

function rooflineSvg(run, points, width) {
  const height = Math.max(300, Math.min(420, width * 0.62)), left = 64, right = 16, top = 14,
        bottom = 44;
  const roofs = [
    ...new Set(points.map((p) => p.compute).filter(Boolean).map((v) => Number(v.toPrecision(6))))
  ].sort((a, b) => b - a);
  const memory = points.find((p) => p.memory)?.memory || null;
  const ridge = memory && roofs.length ? roofs.map((r) => r / memory) : [];
  const xs = points.map((p) => p.intensity).filter(Boolean).concat(ridge).map(Math.log10);
  const ys = points.map((p) => p.rate).concat(roofs).map(Math.log10);
  const range = (v, fallback) => {
    if (!v.length) return fallback;
    const low = Math.min(...v), high = Math.max(...v), pad = Math.max(0.35, (2 - (high - low)) / 2);
    return [low - pad, high + pad];  // two decades at least
  };
  const [x0, x1] = range(xs, [0, 1]), [y0, y1] = range(ys, [0, 1]);
  const X = (v) => left + (v - x0) / (x1 - x0) * (width - left - right);
  const Y = (v) => top + (y1 - v) / (y1 - y0) * (height - top - bottom);
  const clip = freshId("clip");
  const lines = roofs.slice(0, 4).map((roof, i) => {
    const knee = memory ? Math.log10(roof / memory) : x0;
    const path = `M${X(Math.min(x0, knee))},${Y(Math.log10(roof) - Math.max(0, knee - x0))}L${
        X(knee)},${Y(Math.log10(roof))}L${X(x1)},${Y(Math.log10(roof))}`;
    return svg("path", {d: path, class: `roof${i ? " minor" : ""}`, "clip-path": `url(#${clip})`});
  });
  const labels = roofs.slice(0, 4).map(
      (roof, i) =>
          svg("text", {
            x: width - right - 4,
            y: Y(Math.log10(roof)) - 6,
            class: "roof-label",
            "text-anchor": "end"
          },
              `${si(roof, "MAC/s", 3)}${roofs.length > 1 && i === 0 ? " (narrowest)" : ""}`));
  if (memory) {
    const at = x0 + 0.08 * (x1 - x0), value = Math.log10(memory) + at;
    if (value > y0 && value < y1)
      labels.push(
          svg("text", {
            x: X(at),
            y: Y(value) - 8,
            class: "roof-label",
            transform: `rotate(${- Math.atan((Y(0) - Y(1)) / (X(1) - X(0))) * 180 / Math.PI} ${
                X(at)} ${Y(value) - 8})`
          },
              `DRAM ${si(memory, "B/s", 3)}`));
  }
  const most = Math.max(...points.map((p) => p.layer.seconds));
  const dots = [...points]
                   .sort((a, b) => (a.intensity ?? Infinity) - (b.intensity ?? Infinity))
                   .map(
                       (p) => rooflineDot(
                           run, p, p.intensity ? X(Math.log10(p.intensity)) : width - right - 2,
                           Y(Math.log10(p.rate)), 3.5 + 8 * Math.sqrt(p.layer.seconds / most)));
  const group_ = rove(svg("g", {role: "list", "aria-label": "layers"}, dots), dots);
  return svg(
      "svg", {
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: "group",
        "aria-label": `Roofline of ${run.workload.name} on ${run.hw.name}`
      },
      svg("clipPath", {id: clip},
          svg("rect",
              {x: left, y: top, width: width - left - right, height: height - top - bottom})),
      decadeTicks(x0, x1).map(
          (d) =>
              [svg("line", {x1: X(d), x2: X(d), y1: top, y2: height - bottom, class: "grid"}),
               svg("text",
                   {x: X(d), y: height - bottom + 16, class: "tick", "text-anchor": "middle"},
                   si(10 ** d, "", 1).trim())]),
      decadeTicks(y0, y1).map(
          (d) =>
              [svg("line", {x1: left, x2: width - right, y1: Y(d), y2: Y(d), class: "grid"}),
               svg("text", {x: left - 7, y: Y(d) + 4, class: "tick", "text-anchor": "end"},
                   si(10 ** d, "", 1))]),
      svg("text",
          {x: (left + width - right) / 2, y: height - 6, class: "axis", "text-anchor": "middle"},
          width < 480 ? "MACs per byte of DRAM traffic" :
                        "operational intensity (MACs per byte of DRAM traffic)"),
      svg("text", {
        x: 14,
        y: (top + height - bottom) / 2,
        class: "axis",
        "text-anchor": "middle",
        transform: `rotate(-90 14 ${(top + height - bottom) / 2})`
      },
          "MAC/s"),
      lines, group_, labels);
}

function rooflineDot(run, p, x, y, r) {
  const dot = svg("circle", {
    cx: x,
    cy: y,
    r,
    fill: series(KINDS[kindOf(p.layer)][1]),
    class: "dot",
    role: "listitem",
    "aria-label": `${p.layer.name}: ${si(p.rate, "MAC/s")}, opens details`
  });
  hint(
      dot, p.layer.name,
      () => [
          ["rate", si(p.rate, "MAC/s")],
          ["of the peak", p.compute ? percent(p.rate / p.compute) : NONE],
          ["intensity", p.intensity ? `${digits(p.intensity)}\u00a0MACs/B` : "no DRAM traffic"],
          ["DRAM", si(p.bytes, "B")], ["latency", si(p.layer.seconds, "s")],
          ["bound by", p.layer.bound || NONE]]);
  return clickable(dot, () => showLayer(run, p.layer));
}
