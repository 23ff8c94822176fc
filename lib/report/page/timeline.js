// The strip that is scrubbed: speed along a take, its laps, and what is discarded, unproven or marked.

class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.take = null;
    this.at = 0;
    this.mark = [null, null];
    this.background = document.createElement("canvas");
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  // Everything but the cursor is drawn once for each take, width and theme.
  redraw() {
    if (!this.take) return;
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    for (const canvas of [this.canvas, this.background]) {
      canvas.width = Math.max(1, Math.round(width * scale));
      canvas.height = Math.max(1, Math.round(height * scale));
    }
    const pen = this.background.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = colour("paper");
    pen.fillRect(0, 0, width, height);
    this.drawSpeed(pen, width, height);
    this.drawLaps(pen, width, height);
    this.drawStretches(pen, width, height);
    this.moveTo(this.at);
  }

  count() {
    return Math.max(1, this.take.end - this.take.first);
  }

  xOf(index, width) {
    return ((index - this.take.first + 0.5) / this.count()) * width;
  }

  drawSpeed(pen, width, height) {
    const shown = decimated(this.take.first, this.take.end, columns.speed_mph, Math.ceil(width));
    const most = Math.max(1, ...shown.map((at) => columns.speed_mph[at] || 0));
    pen.fillStyle = colour("steer");
    pen.globalAlpha = 0.28;
    pen.beginPath();
    pen.moveTo(0, height);
    for (const at of shown) pen.lineTo(this.xOf(at, width), height - 7 - (height - 22) * ((columns.speed_mph[at] || 0) / most));
    pen.lineTo(width, height);
    pen.fill();
    pen.globalAlpha = 1;
  }

  drawLaps(pen, width, height) {
    pen.font = "11px system-ui, sans-serif";
    let free = 0; // from here on nothing is written yet
    lapPictures.forEach((pictures, lap) => {
      if (!pictures || told.takes[told.laps[lap].take] !== this.take) return;
      const x = this.xOf(pictures[0], width);
      pen.fillStyle = colour("line");
      pen.fillRect(Math.round(x), 0, 1, height);
      const name = told.laps[lap].name + (told.laps[lap].valid ? "" : " cut");
      const needed = pen.measureText(name).width + 8;
      if (x < free || needed > this.xOf(pictures[1], width) - x) return;
      pen.fillStyle = colour("quiet");
      pen.fillText(name, x + 4, 12);
      free = x + needed;
    });
  }

  // Along the foot, one band: discarded is hatched by dashes, unproven is a thin line.
  drawStretches(pen, width, height) {
    const band = (test, name, top, thick) => {
      pen.fillStyle = colour(name);
      let from = -1;
      for (let at = this.take.first; at <= this.take.end; at++) {
        const is = at < this.take.end && test(at);
        if (is && from < 0) from = at;
        if (is || from < 0) continue;
        pen.fillRect(this.xOf(from - 0.5, width), top, Math.max(1.5, this.xOf(at - 0.5, width) - this.xOf(from - 0.5, width)), thick);
        from = -1;
      }
    };
    band(isDiscarded, "bad", height - 6, 6);
    band((at) => !isProven(at), "warn", height - 9, 2);
  }

  moveTo(index) {
    this.at = index;
    const pen = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    pen.drawImage(this.background, 0, 0);
    const [start, end] = this.mark;
    if (start !== null && end !== null) {
      pen.fillStyle = colour("other");
      pen.globalAlpha = 0.3;
      pen.fillRect(this.xOf(start - 0.5, width), 0, this.xOf(end + 0.5, width) - this.xOf(start - 0.5, width), height);
      pen.globalAlpha = 1;
    }
    pen.fillStyle = colour("ink");
    pen.fillRect(this.xOf(index, width) - 1.5, 0, 3, height);
  }
}

// Indexes that keep the shape of a line: the least and the greatest of each of so many parts.
function decimated(first, end, values, parts) {
  const count = end - first;
  if (count <= 2 * parts) return Array.from({ length: count }, (_, at) => first + at);
  const kept = [];
  for (let part = 0; part < parts; part++) {
    const from = first + Math.floor((count * part) / parts);
    const to = first + Math.floor((count * (part + 1)) / parts);
    let least = from;
    let greatest = from;
    for (let at = from + 1; at < to; at++) {
      if (values[at] < values[least]) least = at;
      if (values[at] > values[greatest]) greatest = at;
    }
    kept.push(Math.min(least, greatest));
    if (least !== greatest) kept.push(Math.max(least, greatest));
  }
  return kept;
}
