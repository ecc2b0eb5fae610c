// The colour of a phase, in every figure of searches.
const PHASES = {
  search: series(0),
  random: series(1),
  greedy: series(2),
  exact: series(3),
  reference: series(11)
};
const phaseColour = (name) => PHASES[name] || series(9);

// Searches that differ in the seed alone belong together.
function searchGroups(searches) {
  const groups = new Map();
  for (const s of searches) {
    const h = s.header;
    const key = JSON.stringify([h.task, h.algorithm, h.settings]);
    if (!groups.has(key))
      groups.set(key, {
        task: h.task,
        algorithm: h.algorithm,
        budget: h.settings.budget || "",
        network: h.settings.network || "",
        list: []
      });
    groups.get(key).list.push(s);
  }
  const out = [...groups.values()];
  out.forEach((g) => g.list.sort((a, b) => a.header.seed - b.header.seed));
  out.forEach((g, i) => {
    const same = out.filter((o) => o.algorithm === g.algorithm && o.task === g.task);
    g.name = `${g.algorithm}${same.length > 1 && g.budget ? `, ${g.budget}` : ""}${
        same.filter((o) => o.budget === g.budget).length > 1 ? ` (${i + 1})` : ""}`;
    const rank = out.filter((o) => o.task === g.task).indexOf(g);
    g.colour = rank === 0 ? PHASES.search : series(3 + rank);
  });
  return out;
}

function searchSections(searches, runs) {
  const groups = searchGroups(searches), tasks = [...new Set(groups.map((g) => g.task))];
  return tasks.map((task) => {
    const own = groups.filter((g) => g.task === task);
    const list = own.flatMap((g) => g.list);
    return section(
        `search-${task}`, `Search: ${task}`,
        own.map(
               (g) => `${g.name}${
                   g.network && !/^[0-9a-f]{32}$/.test(g.network) ? ` on ${g.network}` : ""}${
                   g.budget ? `, budget ${g.budget}` :
                              ""}: ${g.list.length} ${g.list.length > 1 ? "seeds" : "seed"}`)
            .join(" · "),
        el("div", {class: "cards"}, rewardCard(own), candidatesCard(list)),
        el("div", {class: "card"}, el("h3", {}, "What was found"), foundTable(own)),
        policyCards(list, runs));
  });
}

// The best reward within the budget so far, per evaluation of the phase "search".
function curve(search) {
  const phase = search.phases.indexOf("search"), {log} = search, out = [];
  let best = null;
  log.phase.forEach((p, i) => {
    if (p !== phase) return;
    const reward = log.reward[i];
    if (reward !== null && !(log.violation[i] > 0) && (best === null || reward > best))
      best = reward;
    out.push(best);
  });
  return out;
}

function rewardCard(groups) {
  const length = Math.max(...groups.flatMap((g) => g.list.map((s) => curve(s).length)));
  const x = [...Array(length).keys()].map((i) => i + 1), lines = [], bands = [], floor = [];
  for (const g of groups) {
    const curves = g.list.map(curve);
    // A search that ended early keeps what it found.
    const at = (i) => curves.map((c) => c[Math.min(i, c.length - 1)])
                          .filter((v) => v !== null && v !== undefined)
                          .sort((a, b) => a - b);
    const line = (q) => x.map((_, i) => {
      const v = at(i);
      return v.length ? median(v, q) : null;
    });
    if (curves.length > 1) {
      bands.push([
        lines.length, lines.length + 1, `color-mix(in srgb, ${css(g.colour)} 22%, transparent)`
      ]);
      lines.push(
          {name: `${g.name}, best seed`, values: line(1), colour: g.colour, width: 0.5},
          {name: `${g.name}, worst seed`, values: line(0), colour: g.colour, width: 0.5});
    }
    lines.push({
      name: curves.length > 1 ? `${g.name}, median` : g.name,
      values: line(0.5),
      colour: g.colour,
      width: 2.25
    });
    floor.push(...at(0), ...at(Math.floor(length / 20)), ...at(length - 1));
  }
  const ends = baselineLines(groups, x, floor);
  const [low, high] = limits(floor.concat(ends.map((l) => l.values[0])), false);
  return card(
      "Reward over the search",
      "best so far within the budget; the band spans the seeds, the line is their median; " +
          "dashed: baselines at their end",
      legend(groups.map((g) => [g.name, g.colour, "line"])
                 .concat(ends.map((l) => [l.name, l.colour, "line"]))),
      linePlot({
        label: "Best reward over the evaluations",
        height: 340,
        steps: true,
        x,
        lines: lines.concat(ends),
        bands,
        xMetric: {
          label: "Evaluations",
          unit: "",
          show: group,
          tick: (v) => Number.isInteger(v) ? group(v) : ""
        },
        yMetric: METRICS.reward,
        heading: (v) => `after ${group(v)} evaluations`,
        range: (u, a, b) => [Math.min(low, Math.max(a, low)), Math.max(high, b)]
      }));
}

// The median over all searches of each baseline within the budget.
function baselineLines(groups, x) {
  const found = new Map();
  for (const s of groups.flatMap((g) => g.list)) {
    for (const b of s.summary?.baselines || []) {
      if (b.phase === "reference" || typeof b.reward !== "number" || b.violation > 0) continue;
      if (!found.has(b.name)) found.set(b.name, []);
      found.get(b.name).push(b.reward);
    }
  }
  return [...found].map(([name, rewards]) => {
    const value = median(rewards.sort((a, b) => a - b));
    return {name, values: x.map(() => value), colour: phaseColour(name), dash: [6, 4], width: 1.5};
  });
}

const SEARCH_METRICS =
    ["reward", "accuracy", "seconds", "energy_j", "area_mm2", "size_bytes", "bops", "loss"];

function candidatesCard(list) {
  const columns = {}, source = [], phases = [];
  for (const s of list)
    s.log.phase.forEach((p, i) => {
      source.push([s, i]);
      phases.push(s.phases[p]);
    });
  SEARCH_METRICS.forEach((k) => {
    columns[k] = source.map(([s, i]) => s.log[k][i]);
  });
  const have = SEARCH_METRICS.filter((k) => new Set(columns[k].filter((v) => v !== null)).size > 1);
  if (have.length < 2) return null;
  const costs = have.filter((k) => METRICS[k].better < 0 && k !== "loss");
  const state = {
    x: costs[0] || have[1],
    y: have.includes("accuracy") ? "accuracy" : costs[costs.length - 1] || have[0],
    front: true
  };
  if (state.x === state.y) state.y = have.find((k) => k !== state.x);
  const names = [...new Set(phases)], body = el("div", {}), all = source.map((_, i) => i);
  const about = (i) =>
      [`${phases[i]}, evaluation ${source[i][0].log.phase.length ? source[i][1] : 0}, seed ${
           source[i][0].header.seed}`,
       have.map((k) => [METRICS[k].label, METRICS[k].show(columns[k][i])])
           .concat(
               source[i][0].log.violation[i] > 0 ?
                   [["over the budget", percent(source[i][0].log.violation[source[i][1]])]] :
                   [])];
  const draw = () => {
    const mx = METRICS[state.x], my = METRICS[state.y];
    clear(
        body,
        scatter(
            {
              rows: all,
              x: columns[state.x],
              y: columns[state.y],
              xMetric: mx,
              yMetric: my,
              xLog: false,
              yLog: false,
              colour: (i) => phaseColour(phases[i]),
              shape: (i) => names.indexOf(phases[i]) % 4,
              about,
              front: state.front ?
                  paretoFront(all, columns[state.x], columns[state.y], mx.better, my.better) :
                  [],
              label: `${my.label} against ${mx.label} of all candidates`,
              stepFirstY: false
            },
            340));
  };
  draw();
  const options = have.map((k) => [k, METRICS[k].label]);
  return card(
      "Candidates", "all phases and seeds; the line is the Pareto front, within the budget or not",
      el("div", {class: "controls"}, select("Horizontal", options, state.x, (v) => {
           state.x = v;
           draw();
         }), select("Vertical", options, state.y, (v) => {
           state.y = v;
           draw();
         }), checkbox("Pareto front", true, (v) => {
           state.front = v;
           draw();
         })), legend(names.map((n, i) => [n, phaseColour(n), `shape${i % 4}`])), body);
}

function foundTable(groups) {
  const rows = groups.flatMap(
      (g) => g.list.flatMap(
          (s) => !s.summary ?
              [{name: g.name, seed: s.header.seed, what: "unfinished"}] :
              [{name: g.name, seed: s.header.seed, what: "found", ...s.summary.best}].concat(
                  s.summary.baselines.map((b) => ({
                                            ...b,
                                            name: b.name,
                                            seed: s.header.seed,
                                            what: b.phase === "reference" ? "reference" : "baseline"
                                          })))));
  const have = SEARCH_METRICS.filter((k) => rows.some((r) => typeof r[k] === "number"));
  return sortTable({
    caption: "What was found, and the baselines",
    rows,
    columns: [
      {name: "Search", text: true, get: (r) => r.name},
      {name: "What", text: true, get: (r) => r.what}, {name: "Seed", get: (r) => r.seed},
      ...have.map(
          (k) => ({name: METRICS[k].label, get: (r) => r[k] ?? null, show: METRICS[k].show})),
      {
        name: "Over the budget",
        get: (r) => r.violation ?? null,
        show: (v) => v > 0 ? percent(v) : "no"
      }
    ]
  });
}

// Policies name layers; what kind these are, a run of the same network tells.
function policyCards(list, runs) {
  const own = list.filter((s) => s.policy && Object.values(s.policy.layers).some((l) => l.w_bits));
  if (!own.length) return null;
  const body = el("div", {});
  const draw = (i) => {
    const names = Object.keys(own[i].policy.layers);
    const run = runs.find((r) => names.every((n) => r.layers.some((l) => l.name === n)));
    const layers = names.map((name) => ({
                               ...(run ? run.layers.find((l) => l.name === name) : {op: ""}),
                               name,
                               w_bits: own[i].policy.layers[name].w_bits || 0,
                               a_bits: own[i].policy.layers[name].a_bits || 0
                             }));
    clear(body, widthsCard("Bits of the found policy", layers, null, [
            own.length > 1 ?
                el("div", {class: "controls"},
                   select(
                       "Policy of",
                       own.map((s, k) => [k, `${s.header.algorithm}, seed ${s.header.seed}`]), i,
                       (v) => draw(Number(v)))) :
                null,
            run ? null :
                  el("p", {class: "hint"},
                     "with a run of the same network among the inputs, " +
                         "depthwise and pointwise layers are told apart")
          ]));
  };
  draw(0);
  return body;
}
