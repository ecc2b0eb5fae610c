// picture.mjs ROOT PAGE OUT [SELECTOR]
import { createRequire } from "node:module";
import path from "node:path";

const [, , root, page, out, selector = "main"] = process.argv;
const { chromium } = createRequire(path.join(root, "report/web/package.json"))("playwright-core");
const browser = await chromium.launch({ executablePath: process.env.ASSAY_BROWSER,
  args: process.getuid?.() === 0 || process.env.CI ? ["--no-sandbox"] : [] });
const view = await browser.newPage({ viewport: { width: 1120, height: 900 } });
await view.goto(`file://${path.resolve(page)}`);
await view.waitForFunction(() => document.documentElement.dataset.ready === "yes");
await view.evaluate(() => {
  document.querySelector(".top").style.position = "static";
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
});
await (await view.$(selector)).screenshot({ path: out });
await browser.close();
