// Pictures of invented goods, drawn on a canvas in the browser and encoded by it.

/**
 * @typedef {{ name: string, mimeType: string, buffer: Buffer }} FileToAdd
 * @typedef {{ name: string, motif: "throw" | "notebook", ground: string, colours: string[], seed:
 *   number }} Drawing
 */

const types = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" };

/**
 * @param {import("./stage.mjs").Person} painter
 * @param {Drawing[]} drawings each with the file extension of its format
 * @returns {Promise<FileToAdd[]>}
 */
export async function draw(painter, drawings) {
  const page = await painter.context.newPage();
  try {
    return await Promise.all(
      drawings.map(async (drawing) => {
        const mimeType = types[/** @type {keyof typeof types} */ (drawing.name.split(".").at(-1))];
        const encoded = await page.evaluate(paint, { ...drawing, mimeType });
        return { name: drawing.name, mimeType, buffer: Buffer.from(encoded, "base64") };
      }),
    );
  } finally {
    await page.close();
  }
}

/** An HTML page with the name and type of a picture. @param {string} name @returns {FileToAdd} */
export function disguisedPage(name) {
  return {
    name,
    mimeType: "image/jpeg",
    buffer: Buffer.from(
      "<!doctype html><title>Not a picture</title><script>alert(1)</script>".padEnd(120_000, " "),
    ),
  };
}

// Runs in the browser.
async function paint({ motif, ground, colours, seed, mimeType }) {
  const [width, height] = [1500, 1200];
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let state = seed * 2654435761;
  const chance = () => ((state = (state * 1664525 + 1013904223) >>> 0), state / 2 ** 32);
  const fade = (from, to, ...line) => {
    const gradient = context.createLinearGradient(...line);
    gradient.addColorStop(0, from);
    gradient.addColorStop(1, to);
    return gradient;
  };
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height);
  context.fillStyle = fade("rgb(255 255 255 / 0.35)", "rgb(0 0 0 / 0.12)", 0, 0, width, height);
  context.fillRect(0, 0, width, height);

  const shape = (x, y, w, h, radius, fill) => {
    context.save();
    context.shadowColor = "rgb(0 0 0 / 0.35)";
    context.shadowBlur = 60;
    context.shadowOffsetY = 30;
    context.fillStyle = colours[0];
    context.beginPath();
    context.roundRect(x, y, w, h, radius);
    context.fill();
    context.shadowColor = "transparent";
    context.clip();
    fill(x, y, w, h);
    context.fillStyle = fade(
      "rgb(255 255 255 / 0.18)",
      "rgb(0 0 0 / 0.22)",
      x,
      y,
      x + w * 0.4,
      y + h,
    );
    context.fillRect(x, y, w, h);
    context.restore();
  };
  const woven = (x, y, w, h) => {
    for (let row = 0; row < h;) {
      const band = 14 + chance() * 90;
      context.fillStyle = colours[Math.floor(chance() * colours.length)];
      context.fillRect(x, y + row, w, band);
      row += band;
    }
    context.fillStyle = "rgb(255 255 255 / 0.1)";
    for (let row = 0; row < h; row += 6)
      for (let column = (row % 12) / 2; column < w; column += 6)
        context.fillRect(x + column, y + row, 3, 3);
  };
  const marbled = (x, y, w, h) => {
    for (let line = 0; line < 46; line++) {
      context.strokeStyle = colours[line % colours.length];
      context.lineWidth = 8 + chance() * 26;
      context.beginPath();
      const [start, swing, lift] = [y - 200 + line * 32, 60 + chance() * 80, chance() * 6];
      context.moveTo(x - 20, start);
      for (let step = 0; step <= w + 40; step += 20)
        context.lineTo(
          x + step,
          start + Math.sin(step / 90 + lift) * swing + Math.sin(step / 31) * 12,
        );
      context.stroke();
    }
    context.fillStyle = "rgb(0 0 0 / 0.45)";
    context.fillRect(x, y, 46, h);
  };
  if (motif === "throw") {
    context.translate(width / 2, height / 2);
    context.rotate((seed % 5) * 0.05 - 0.1);
    context.lineWidth = 5;
    for (let x = -390; x < 390; x += 22) {
      context.strokeStyle = colours[Math.floor(chance() * colours.length)];
      for (const edge of [-440, 440]) {
        context.beginPath();
        context.moveTo(x + 11, edge);
        context.lineTo(x + 11 + (chance() - 0.5) * 16, edge + Math.sign(edge) * 62);
        context.stroke();
      }
    }
    shape(-400, -450, 800, 900, 8, woven);
    context.setTransform(1, 0, 0, 1, 0, 0);
  } else {
    for (const [x, y, turn] of [
      [330, 180, -0.09],
      [640, 260, 0.06],
    ]) {
      context.save();
      context.translate(x, y);
      context.rotate(turn);
      shape(0, 0, 560, 760, 18, marbled);
      context.fillStyle = "#f4efe4";
      context.fillRect(170, 150, 280, 120);
      context.restore();
    }
  }
  const grain = context.getImageData(0, 0, width, height);
  for (let index = 0; index < grain.data.length; index += 4) {
    const speck = (chance() - 0.5) * 14;
    for (let channel = 0; channel < 3; channel++) grain.data[index + channel] += speck;
  }
  context.putImageData(grain, 0, 0);
  const bytes = new Uint8Array(
    await (await canvas.convertToBlob({ type: mimeType, quality: 0.86 })).arrayBuffer(),
  );
  let binary = "";
  for (let index = 0; index < bytes.length; index += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(index, index + 0x8000));
  return btoa(binary);
}
