// Reads the data, writes the sections.
const DATA = JSON.parse(document.getElementById("data").textContent);
const ofKind = (...kinds) => DATA.inputs.filter((input) => kinds.includes(input.kind));

function inputsSection() {
  const names = {
    run: "run",
    table: "table",
    table_rows: "table",
    sweep: "sweep",
    search: "search",
    timeline: "timeline"
  };
  const about = (i) => i.kind === "run" ? `${i.workload.name} on ${i.hw.name}` :
      i.kind === "sweep" ? `${group(i.rows)} points` :
      i.kind === "search" ? `${i.header.task}, ${i.header.algorithm}, seed ${i.header.seed}` :
      i.kind === "table" ? `${i.workload.name} on ${i.hw.name}` :
                           "";
  return section(
      "inputs", "Inputs", "What this page was made from.",
      el("div", {class: "card"}, sortTable({
           caption: "Inputs",
           rows: DATA.inputs,
           columns: [
             {name: "File", text: true, get: (i) => i.file},
             {name: "Kind", text: true, get: (i) => names[i.kind]},
             {name: "Content", text: true, get: about},
             {name: "Written by Assay", text: true, get: (i) => i.assay || i.header?.assay || ""}, {
               name: "Hash of the hardware",
               text: true,
               get: (i) => i.hw?.hash || i.header?.settings?.hw || ""
             },
             {name: "Hash of the workload", text: true, get: (i) => i.workload?.hash || ""}
           ]
         })));
}

function parts() {
  const runs = ofKind("run");
  return [
    runs.length ? attempt("Runs", () => runsSection(runs)) : null,
    runs.length > 1 ? attempt("Comparison", () => compareSection(runs)) : null,
    ofKind("sweep").map((s, i, all) => attempt(s.file, () => sweepSection(s, i, all.length))),
    ofKind("search").length ? attempt("Searches", () => searchSections(ofKind("search"), runs)) :
                              null,
    ofKind("table", "table_rows")
        .map((t, i, all) => attempt(t.file, () => tableSection(t, i, all.length))),
    ofKind("timeline").map((t, i, all) => attempt(t.file, () => timelineSection(t, i, all.length))),
    inputsSection(),
  ].flat()
      .filter(Boolean);
}

// A file that nobody foresaw takes its own section down, not the page.
function attempt(title, make) {
  try {
    return make();
  } catch (error) {
    console.error(title, error);
    return section(
        freshId("part"), title, null,
        el("p", {class: "note bad"}, `This part could not be drawn: ${error.message}`));
  }
}

// ---- Light and dark ----
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
const button = document.getElementById("theme");

function theme(name) {
  if (name) root.dataset.theme = name;
  button.textContent = dark() ? "☀ Light" : "☾ Dark";
  button.setAttribute("aria-pressed", String(dark()));
  recolour();
}

button.addEventListener("click", () => theme(dark() ? "light" : "dark"));
system.addEventListener("change", () => theme());

// Paper is white.
let screenTheme;
addEventListener("beforeprint", () => {
  screenTheme = root.dataset.theme;
  theme("light");
});
addEventListener("afterprint", () => {
  if (screenTheme) root.dataset.theme = screenTheme;
  else delete root.dataset.theme;
  theme();
});
addEventListener("keydown", (e) => {
  if (e.key === "Escape") hideTip();
});
addEventListener("scroll", hideTip, {passive: true});

document.getElementById("title").textContent = DATA.title;
document.getElementById("foot").textContent = `Assay ${DATA.assay}`;
const sections = parts();
document.getElementById("main").append(...sections);
document.getElementById("nav").append(
    ...sections.map((s) => el("a", {href: `#${s.id}`}, s.querySelector("h2").textContent)));
theme();
root.dataset.ready = "yes";
