// report.mjs ROOT FOLDER: uses the pages in FOLDER as a reader would. Prints a line per check;
// ends with 1 if any failed.
import {createRequire} from "node:module";
import path from "node:path";

const [, , root, folder] = process.argv;
const {chromium} = createRequire(path.join(root, "report/web/package.json"))("playwright-core");
const address = (name) => `file://${path.resolve(folder, name)}`;
const shot = (name) => path.resolve(folder, `${name}.png`);

const browser = await chromium.launch({
  executablePath: process.env.ASSAY_BROWSER,
  args: process.getuid?.() === 0 || process.env.CI ? ["--no-sandbox", "--disable-dev-shm-usage"] :
                                                     []
});
let failures = 0;

async function open(name, options) {
  const page = await browser.newPage({viewport: {width: 1280, height: 900}, ...options});
  page.troubles = [];
  page.on("console", (m) => {
    if (["error", "warning"].includes(m.type())) page.troubles.push(m.text());
  });
  page.on("pageerror", (e) => page.troubles.push(e.message));
  page.on("request", (r) => {
    if (!/^(data:|file:.*\.html$)/.test(r.url())) page.troubles.push(`asks for ${r.url()}`);
  });
  const begin = Date.now();
  await page.goto(address(name));
  await page.waitForFunction(
      () => document.documentElement.dataset.ready === "yes", null, {timeout: 60000});
  await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  page.opened = Date.now() - begin;
  return page;
}

async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAILED ${name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
  }
}

function must(condition, what) {
  if (!condition) throw new Error(what);
}

// Pages hide their tooltip when they scroll, which browsers tell after the next pointer event.
async function point(page, selector, position) {
  await page.locator(selector).first().scrollIntoViewIfNeeded();
  await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.hover(selector, position && {position});
}

const tipText = (page) => page.evaluate(() => {
  const t = document.getElementById("tip");
  return t.hidden ? "" : t.innerText;
});
const column = (page, table, n) => page.$$eval(
    `${table} tbody tr > :nth-child(${n})`,
    (cells) => cells.map((c) => Number(c.innerText.replace(/[^\d.]/g, ""))));
const inked = (page, selector) => page.$eval(selector, (canvas) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3]) seen.add(`${pixels[i] >> 4},${pixels[i + 1] >> 4},${pixels[i + 2] >> 4}`);
  return seen.size;
});
const sectionsOf = (page) => page.$$eval("main > section", (all) => all.map((s) => s.id));
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

let page = await open("all.html");

await check("every input has its section", async () => {
  const ids = await sectionsOf(page);
  for (const id
           of ["runs", "compare", "sweep", "search-hw", "table-1", "table-2", "timeline", "inputs"])
    must(ids.includes(id), `no section ${id} in ${ids}`);
  must((await page.$$("main > section .note.bad")).length === 0, "a part could not be drawn");
  must(await page.title() === "Everything at once", "title");
});

await check(
    "roofline: a point per layer, numbers under the pointer, details on a click", async () => {
      must((await page.$$("#runs circle.dot")).length === 14, "not 14 points");
      await point(page, "#runs circle.dot >> nth=3");
      const text = await tipText(page);
      must(/MAC\/s/.test(text) && /intensity/.test(text), `tip: ${text}`);
      await page.click("#runs circle.dot >> nth=3");
      must(await page.isVisible("dialog[open] h2"), "no dialog");
      await page.keyboard.press("Escape");
      must(!(await page.isVisible("dialog")), "Escape does not close it");
    });

await check("a layer's bar opens its counters, energy and stalls", async () => {
  await page.click("ul[aria-label='energy by layer'] .bar-row >> nth=1");
  const text = await page.innerText("dialog[open]");
  for (const word
           of ["dw1", "Energy", "What the PEs did", "dram busy cycles", "depthwise", "8 × 8 bits"])
    must(text.includes(word), `no ${word}`);
  await page.screenshot({path: shot("layer")});
  await page.keyboard.press("Escape");
});

await check("keyboard: arrows go along the layers, Enter opens one", async () => {
  await page.focus("ul[aria-label='latency by layer'] .bar-row >> nth=0");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  must(
      await page.evaluate(() => document.activeElement.innerText.startsWith("pw1")),
      "focus is elsewhere");
  must(/total/.test(await tipText(page)), "no numbers for the focused layer");
  await page.keyboard.press("Enter");
  must((await page.innerText("dialog[open] h2")) === "pw1", "not opened");
  await page.keyboard.press("Escape");
  must(
      await page.evaluate(() => document.activeElement.innerText.startsWith("pw1")),
      "focus does not return");
});

await check("tables sort by a click on a heading", async () => {
  const table = "#runs .scroll[aria-label='Layers'] table";
  const head = page.locator(`${table} thead button`, {hasText: "Cycles"});
  await head.click();
  const down = await column(page, table, 5);
  must(
      down.length === 15 && down.every((v, i) => i === 0 || v <= down[i - 1]),
      `not descending: ${down}`);
  await head.click();
  const up = await column(page, table, 5);
  must(up.every((v, i) => i === 0 || v >= up[i - 1]), `not ascending: ${up}`);
  must(
      await page.getAttribute(`${table} th:nth-child(5)`, "aria-sort") === "ascending",
      "aria-sort");
});

await check("shares, sorting and stacking of bars", async () => {
  const widths = () => page.$$eval(
      "ul[aria-label='latency by layer'] li:last-child .bar-track",
      ([track]) => [...track.children].reduce(
                       (total, part) => total + part.getBoundingClientRect().width, 0) /
          track.getBoundingClientRect().width);
  must(await widths() < 0.5, "the smallest layer is as long as the longest");
  await page.locator(".card:has(ul[aria-label='latency by layer']) input").first().check();
  must(Math.abs(await widths() - 1) < 0.02, `shares add up to ${await widths()}`);
  await page.locator(".card:has(ul[aria-label='latency by layer']) input").first().uncheck();
});

await check("heat map of the PEs: pointer, keys, other counters", async () => {
  must(await inked(page, "#runs canvas.heat") > 2, "one colour");
  await point(page, "#runs canvas.heat", {x: 12, y: 12});
  must(/PE 0/.test(await tipText(page)), await tipText(page));
  await page.focus("#runs canvas.heat");
  await page.keyboard.press("ArrowDown");
  must(/1, 0/.test(await tipText(page)), await tipText(page));
  await page.locator("#runs .card:has(canvas.heat) select").first().selectOption("unused");
  must(/unused/.test(await page.getAttribute("#runs canvas.heat", "aria-label")), "counter");
});

await check("bits per layer: depthwise and pointwise are told apart", async () => {
  const legend = await page.innerText("#runs .card:has(svg[aria-label='bits per layer']) .legend");
  must(/depthwise/.test(legend) && /pointwise/.test(legend), legend);
  const found = await page.innerText("#search-hw .card:has(svg[aria-label='bits per layer'])");
  must(/depthwise/.test(found) && /pointwise/.test(found), "policy of the search");
});

await check("another run: EIE, on its queues", async () => {
  await page.locator("#runs > .controls select").selectOption({index: 2});
  must(/lenet_300_100/.test(await page.innerText("#runs")), "not shown");
  await page.locator("#runs .card:has(canvas.heat) select")
      .first()
      .selectOption("queue_occupancy_cycles");
  await (await page.$("#runs")).screenshot({path: shot("run-eie")});
  await page.locator("#runs > .controls select").selectOption({index: 0});
});

await check("comparison of two runs", async () => {
  const table = "#compare .scroll[aria-label='Latency per layer'] table";
  const a = await column(page, table, 2);
  must(a.length === 15, `${a.length} rows`);
  await page.locator("#compare select").nth(2).selectOption("energy_j");
  must(await page.isVisible("#compare .scroll[aria-label='Energy per layer']"), "metric");
  await point(page, "#compare ul.bars .bar-row >> nth=2");
  must(/change/.test(await tipText(page)), "tip");
});

await check("sweep: points, front, axes, zoom, failures", async () => {
  const canvas = "#sweep .plot canvas";
  must(await inked(page, canvas) > 20, "empty");
  const over = page.locator("#sweep .plot .u-over").first();
  await over.scrollIntoViewIfNeeded();
  await page.locator("#sweep .plot").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  must(
      /Latency/.test(await tipText(page)) && /Area/.test(await tipText(page)),
      `keys: ${await tipText(page)}`);
  const target = await page.$eval("#tip", (t) => ({x: t.offsetLeft, y: t.offsetTop}));
  must(target.x > 0, "tip is nowhere");
  const front = await page.$$("#sweep .scroll[aria-label='Points of the front'] tbody tr");
  must(front.length > 2, "no front");
  const before = await page.$eval(canvas, (c) => c.toDataURL());
  const box = await over.boundingBox();
  await page.mouse.move(box.x + 60, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 360, box.y + 260, {steps: 4});
  await page.mouse.up();
  must(await page.$eval(canvas, (c) => c.toDataURL()) !== before, "no zoom");
  await over.dblclick({position: {x: 5, y: 5}});
  await page.locator("#sweep select").nth(0).selectOption("energy_j");
  await page.locator("#sweep select").nth(2).selectOption("rows");
  must(/Latency against energy/.test(await page.innerText("#sweep")), "axes");
  must(/100/.test(await page.innerText("#sweep .scroll[aria-label='Failures']")), "failures");
  await page.locator("#sweep select").nth(0).selectOption("area_mm2");
  await page.locator("#sweep details summary").click();
  must(
      (await page.$$("#sweep .scroll[aria-label='Points'] tbody tr")).length === 100,
      "a page of points");
  await page.locator("#sweep details summary").click();
});

await check("sweep: numbers under the pointer", async () => {
  const over = page.locator("#sweep .plot .u-over").first();
  await point(page, "#sweep .plot .u-over >> nth=0", {x: 5, y: 5});
  const box = await over.boundingBox();
  let hits = 0;
  for (let x = 20; x < box.width; x += 23) {
    await page.mouse.move(box.x + x, box.y + box.height * 0.7);
    hits += /Latency/.test(await tipText(page)) ? 1 : 0;
  }
  must(hits > 3, `${hits} points found`);
});

await check("search: reward over three seeds, candidates, what was found", async () => {
  must(/3 seeds/.test(await page.innerText("#search-hw .about")), "seeds");
  must(await inked(page, "#search-hw .plot canvas") > 6, "empty");
  await point(page, "#search-hw .plot .u-over >> nth=0", {x: 200, y: 30});
  must(
      /median/.test(await tipText(page)) && /worst seed/.test(await tipText(page)),
      await tipText(page));
  must((await page.$$("#search-hw table tbody tr")).length >= 9, "rows");
});

await check("tables: both formats, all pairs of a layer", async () => {
  must(
      (await page.$$("#table-1 td.cell")).length === (await page.$$("#table-2 td.cell")).length,
      "formats differ");
  await page.click("#table-1 tbody button >> nth=2");
  must(
      /by pair/.test(await page.getAttribute("#table-1 .card:nth-child(2) .scroll", "aria-label")),
      "pairs");
});

await check("timeline: rows and occupancy", async () => {
  must((await page.$$("#timeline canvas.strip")).length >= 4, "rows");
  must((await page.$$("#timeline .plot canvas")).length >= 3, "levels");
  await point(page, "#timeline canvas.strip >> nth=0", {x: 40, y: 6});
  must(/conv1/.test(await tipText(page)), await tipText(page));
  must(/input buffer/.test(await page.innerText("#timeline")), "input buffer");
});

await check("everything has an accessible name", async () => {
  const bare = await page.$$eval(
      "button, select, input, canvas, svg[role], [role=img], [role=button], [role=region]",
      (all) =>
          all.filter(
                 (e) => !e.closest("#tip") && !e.matches(".strip, .u-wrap canvas, .uplot canvas"))
              .filter((e) => !(e.getAttribute("aria-label") || e.textContent || e.labels?.length))
              .map((e) => e.outerHTML.slice(0, 80)));
  must(bare.length === 0, bare.join(" "));
});

for (const id of await sectionsOf(page)) {
  await page.evaluate(() => {
    document.querySelector(".top").style.position = "static";
  });
  await (await page.$(`#${id}`)).screenshot({path: shot(`light-${id}`)});
}

await check("dark and light", async () => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [light, canvas] =
      [await paper(), await page.$eval("#sweep .plot canvas", (c) => c.toDataURL())];
  await page.click("#theme");
  must(await paper() !== light, "page");
  must(await page.$eval("#sweep .plot canvas", (c) => c.toDataURL()) !== canvas, "canvas");
  for (const id of ["runs", "sweep", "search-hw", "timeline"])
    await (await page.$(`#${id}`)).screenshot({path: shot(`dark-${id}`)});
});

await check("print: white, whole, without controls", async () => {
  await page.emulateMedia({media: "print"});
  must(
      !(await page.isVisible("nav")) && !(await page.isVisible("#runs .controls")),
      "controls are printed");
  await page.emulateMedia({media: null});
  const pdf = await page.pdf(
      {path: path.resolve(folder, "print.pdf"), format: "A4", printBackground: true});
  must(pdf.length > 50000, `${pdf.length} bytes`);
  must(
      await page.evaluate(() => document.documentElement.dataset.theme) === "dark",
      "the theme does not return");
});

await check(
    "no errors on the console and no requests",
    async () => must(page.troubles.length === 0, page.troubles.join("; ")));
await page.close();

await check("a phone of 375 pixels", async () => {
  page = await open(
      "all.html", {viewport: {width: 375, height: 812}, deviceScaleFactor: 2, hasTouch: true});
  must(await overflow(page) <= 0, `${await overflow(page)} pixels too wide`);
  await page.screenshot({path: shot("phone-top")});
  for (const id of ["runs", "sweep", "search-hw"])
    await (await page.$(`#${id}`)).screenshot({path: shot(`phone-${id}`)});
  await page.click("ul[aria-label='energy by layer'] .bar-row >> nth=1");
  await page.screenshot({path: shot("phone-layer")});
  must(page.troubles.length === 0, page.troubles.join("; "));
  await page.close();
});

await check("dark by the system's wish", async () => {
  page = await open("sweep.html", {colorScheme: "dark"});
  must(/Light/.test(await page.innerText("#theme")), "button");
  must(
      await page.evaluate(() => getComputedStyle(document.body).backgroundColor) ===
          "rgb(20, 23, 26)",
      "paper");
  await page.close();
});

await check("names cannot become HTML", async () => {
  page = await open("hostile.html");
  must(await page.title() === "Assay report", `title is ${await page.title()}`);
  must((await page.$$("main img")).length === 0, "an image");
  must(
      (await page.innerText("#runs .scroll[aria-label='Layers']"))
          .includes("</script><script>document.title"),
      "not shown as text");
  must(page.troubles.length === 0, page.troubles.join("; "));
  await page.close();
});

page = await open("sweep.html");
console.log(`a sweep of 10,000 points was on the screen after ${page.opened} ms`);
await browser.close();
console.log(failures ? `${failures} checks failed` : "all checks passed");
process.exit(failures ? 1 : 0);
