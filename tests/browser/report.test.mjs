// Reports in Chromium. scripts/browser.sh makes the pages and runs this.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const out = join(import.meta.dirname, "../../target/browser");
const report = join(out, "study/report.html");
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
});
after(() => browser.close());

// Opens a page in a fresh profile; closing it fails if the page logged or requested anything.
async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  const url = pathToFileURL(file).href;
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  const close = async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  };
  return { page, close };
}

for (const [of, file] of [["report", report], ["comparison", join(out, "comparison.html")]]) {
  test(`the ${of} fits phone and desktop in both schemes, and every text can be read`, () => fits(of, file));
}

async function fits(of, file) {
  for (const [name, width] of [["desktop", 1280], ["phone", 390]]) {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open(file, { viewport: { width, height: 900 }, colorScheme });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(wider, 0, `${name}: ${wider} pixels wider than the window`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      assert.deepEqual(await page.evaluate(faint), [], `${name}, ${colorScheme}`);
      await page.evaluate(() => document.querySelectorAll("details.image:not(:first-of-type)").forEach((details) => (details.open = false)));
      await page.screenshot({ path: join(out, `${of}-${name}-${colorScheme}.png`), fullPage: true });
      await close();
    }
  }
}

test("no table of a sweep is cut off on a phone or a desk", async () => {
  const pages = [[report, "#classes-0, #classes-1, #areas"], [join(out, "comparison.html"), "#ranking-0, #ranking-1"]];
  for (const [file, tables, width] of pages.flatMap((page) => [390, 1280].map((width) => [...page, width]))) {
    const { page, close } = await open(file, { viewport: { width, height: 900 } });
    const cut = await page.locator(tables).evaluateAll((tables) =>
      tables.map((table) => table.closest(".scroll")).filter((scroll) => scroll.scrollWidth > scroll.clientWidth)
        .map((scroll) => `${scroll.getAttribute("aria-label")}: ${scroll.scrollWidth} of ${scroll.clientWidth}`));
    assert.deepEqual(cut, [], `${width} pixels`);
    await close();
  }
});

// Texts whose contrast with their background is below 4.5 (WCAG 2, AA).
function faint() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) => [r, g, b].map((part, i) => part * a + ground[i] * (1 - a));
  const ground = (element) => {
    const below = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    return over(rgba(getComputedStyle(element).backgroundColor), below);
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((p) => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest("title, option, script, style, .skip")) continue;
    const style = getComputedStyle(element);
    const behind = ground(element.closest("svg")?.parentElement ?? element);
    const color = over(rgba(element instanceof SVGElement ? style.fill : style.color), behind);
    const [dark, light] = [luminance(color), luminance(behind)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.add(`${element.tagName}.${element.className.baseVal ?? element.className}: ${contrast.toFixed(2)}`);
  }
  return [...found];
}

test("the large image follows its controls, by mouse and by keys", async () => {
  const { page, close } = await open(report);
  const what = () => page.locator(".what").textContent();
  const image = () => page.locator(".large use").first().getAttribute("href");
  assert.ok(await page.locator(".controls").isVisible());

  await page.locator("#viewer-sweep").selectOption({ index: 0 });
  const [text, shown] = [await what(), await image()];
  await page.locator("#viewer-step").focus();
  await page.keyboard.press("Home");
  assert.match(await what(), /ksize 1$/);
  await page.keyboard.press("ArrowRight");
  assert.match(await what(), /ksize 5$/);
  assert.equal(await page.locator("#viewer-value").textContent(), "ksize 5");
  assert.notEqual(await image(), shown);

  await page.locator("#viewer-sweep").selectOption({ index: 1 });
  assert.match(await what(), /SaltNoise amount 0.05$/);
  await page.locator("#viewer-image").selectOption({ index: 1 });
  assert.notEqual((await what()).split(",")[0], text.split(",")[0]);
  // Its numbers are those of the table.
  const id = (await what()).match(/^Image (\d+)/)[1];
  const row = page.locator("#saliency-metrics tbody tr").filter({
    has: page.getByText("SaltNoise amount 0.05", { exact: true }),
  }).filter({ has: page.locator(`td:nth-child(2)[data-v="${id}"]`) });
  const numbers = (await row.locator("td[data-v]").evaluateAll((cells) => cells.map((cell) => cell.dataset.v))).slice(1);
  const caption = await page.locator("#viewer [data-v]").evaluateAll((cells) => cells.map((cell) => cell.dataset.v));
  assert.deepEqual(caption, numbers);
  await close();
});

test("tables sort up and down, numbers by size", async () => {
  const { page, close } = await open(report);
  const column = () =>
    page.locator("#saliency-metrics tbody td:nth-child(9)").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.v)));
  const head = page.locator("#saliency-metrics th:nth-child(9)");
  await head.getByRole("button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  const up = await column();
  assert.deepEqual(up, [...up].sort((a, b) => a - b));
  await page.keyboard.press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  assert.deepEqual(await column(), up.toReversed());
  await close();
});

test("the maps' colours are the figures', within one level", async () => {
  const { page, close } = await open(report);
  const judge = await browser.newPage();
  // The largest difference of the screenshot's 64 by 64 pixels from a figure's map, whose pixels are larger.
  const difference = (screenshot, figure, top, left) =>
    judge.evaluate(async ([screenshot, figure, top, left]) => {
      const decode = async (base64) => {
        const image = new Image();
        image.src = "data:image/png;base64," + base64;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
        canvas.drawImage(image, 0, 0);
        return canvas.getImageData(0, 0, image.width, image.height);
      };
      const [ours, theirs] = [await decode(screenshot), await decode(figure)];
      let worst = 0;
      for (let y = 0; y < 64; y++) {
        for (let x = 0; x < 64; x++) {
          const [down, across] = [2 * top + (400 * (y + 0.5)) / 64, 2 * left + (400 * (x + 0.5)) / 64].map(Math.floor);
          for (let k = 0; k < 3; k++) {
            worst = Math.max(worst, Math.abs(ours.data[4 * (64 * y + x) + k] - theirs.data[4 * (theirs.width * down + across) + k]));
          }
        }
      }
      return worst;
    }, [screenshot.toString("base64"), figure.toString("base64"), top, left]);
  for (const [colors, file] of [["jet", "saliency_GaussianBlur.png"], ["red-blue", "saliency_GaussianBlur_diverging.png"]]) {
    await page.locator(`#${colors}`).check();
    const figure = readFileSync(join(out, "study", file));
    const ids = await page.locator("details.image").first().locator(".strip").first().locator(".cell")
      .evaluateAll((cells) => cells.map((cell) => cell.id));
    for (const [row, id] of ids.entries()) {
      // One pixel of the screen for each of the map's.
      await page.evaluate((id) => {
        document.body.insertAdjacentHTML(
          "beforeend",
          `<svg id="judged" viewBox="0 0 100 100" style="position:fixed;left:0;top:0;z-index:9;width:64px;height:64px"><use href="#${id}-t"/></svg>`,
        );
      }, id);
      const screenshot = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } });
      await page.evaluate(() => document.getElementById("judged").remove());
      // The figure's second column, at twice its units.
      const worst = await difference(screenshot, figure, 86 + 234 * row, 224);
      assert.ok(worst <= 1, `${colors}, row ${row}: ${worst} levels apart`);
    }
  }
  await judge.close();
  await close();
});

test("tabs and colours work without scripts, and everything is there", async () => {
  const { page, close } = await open(report, { javaScriptEnabled: false });
  assert.ok(await page.locator(".controls").isHidden());
  assert.match(await page.locator(".what").textContent(), /^Image \d+, /);
  assert.equal(await page.locator("details.image").first().locator(".cell").count(), 10);
  assert.ok(await page.locator("#matrix-0-0").isHidden() || await page.locator("#m0-0").isChecked());
  await page.locator("label[for=m0-0]").click();
  assert.ok(await page.locator("#matrix-0-0").isVisible());
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.locator("#matrix-0-1").isVisible() && await page.locator("#matrix-0-0").isHidden());
  await page.locator("label[for=red-blue]").click();
  assert.ok(await page.locator("image.red-blue").first().isVisible() && await page.locator("image.jet").first().isHidden());
  await page.screenshot({ path: join(out, "no-script.png"), fullPage: true });
  await close();
});

test("a link to an image opens it", async () => {
  const { page, close } = await open(report);
  const link = page.locator("#moved a[href^='#image-']").last();
  const target = await link.getAttribute("href");
  await link.click();
  await page.locator(`${target}[open]`).waitFor();
  await close();
});

test("every image has a name and every control a label", async () => {
  const { page, close } = await open(report);
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("svg[role=img]")].filter((svg) => !svg.getAttribute("aria-label") && !svg.querySelector("title")).length
  );
  assert.equal(nameless, 0);
  const unlabelled = await page.evaluate(() =>
    [...document.querySelectorAll("input, select")].filter((control) => control.labels.length === 0).map((control) => control.id)
  );
  assert.deepEqual(unlabelled, []);
  const twice = await page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return ids.filter((id, i) => ids.indexOf(id) !== i);
  });
  assert.deepEqual(twice, []);
  await close();
});

test("it prints", async () => {
  const { page, close } = await open(report, { colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  assert.ok(await page.locator("nav").isHidden());
  await page.pdf({ path: join(out, "report.pdf"), format: "A4", margin: { top: "15mm", bottom: "15mm", left: "15mm", right: "15mm" } });
  await close();
});

test("names from data run nothing", async () => {
  const { page, close } = await open(join(out, "names.html"));
  assert.equal(await page.evaluate(() => document.images.length), 0);
  assert.equal(await page.evaluate(() => document.scripts.length), 1);
  assert.match(await page.locator("#headline").textContent(), /<\/script><img src=x onerror=alert\(1\)>"'&/);
  await close();
});

test("a large study opens at once", async () => {
  const file = join(out, "large.html");
  assert.ok(statSync(file).size < 20 * 2 ** 20);
  const begun = performance.now();
  const { page, close } = await open(file);
  await page.locator("#viewer-step").focus();
  await page.keyboard.press("End");
  assert.match(await page.locator(".what").textContent(), /ksize 19$/);
  const seconds = (performance.now() - begun) / 1000;
  console.log(`opened and moved after ${seconds.toFixed(2)} s`);
  assert.ok(seconds < 10, `${seconds} s`);
  await close();
});
