// The walk, played here: all frames are in the browser, so that it is smooth and no server is asked for the next one.

export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".player");
  box.player ??= new Player(box);
  box.player.show(decode(data));
}

// Bytes: length of the JSON header, the header, then the frames' pixels.
function decode(bytes) {
  const copy = bytes.slice().buffer;
  const size = new DataView(copy).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(copy, 4, size)));
  scene.pixels = new Uint8Array(copy, 4 + size);
  return scene;
}

class Player {
  constructor(box) {
    const add = (tag, parent) => parent.appendChild(document.createElement(tag));
    Object.assign(this, { box, frame: 0, since: 0 });
    this.canvas = add("canvas", box);
    this.canvas.setAttribute("role", "img");
    const bar = add("div", box);
    this.button = add("button", bar);
    this.button.type = "button";
    this.slider = add("input", bar);
    this.slider.type = "range";
    this.slider.min = 0;
    this.place = add("output", bar);
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.button.addEventListener("click", () => this.play(!this.playing));
    this.canvas.addEventListener("click", () => this.play(!this.playing));
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
  }

  show(scene) {
    this.scene = scene;
    this.frame %= scene.frames;
    [this.canvas.width, this.canvas.height] = [scene.width, scene.height];
    this.image = new ImageData(scene.width, scene.height);
    this.image.data.fill(255);
    this.slider.max = scene.frames - 1;
    this.slider.setAttribute("aria-label", scene.words.place);
    this.canvas.setAttribute("aria-label", scene.words.label);
    this.box.dataset.frames = scene.frames;
    this.draw();
    this.play(this.playing);
  }

  play(playing) {
    this.playing = playing;
    this.button.textContent = playing ? "❙❙" : "▶\ufe0e";
    this.button.setAttribute("aria-label", playing ? this.scene.words.pause : this.scene.words.play);
    cancelAnimationFrame(this.waiting);
    this.since = performance.now();
    if (playing) this.waiting = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.box.isConnected) return;
    const due = Math.floor(((now - this.since) * this.scene.fps) / 1000);
    if (due > 0) {
      this.since += (due * 1000) / this.scene.fps;
      this.frame = (this.frame + due) % this.scene.frames;
      this.draw();
    }
    this.waiting = requestAnimationFrame((later) => this.tick(later));
  }

  seek(frame) {
    this.frame = frame;
    this.play(false);
    this.draw();
  }

  draw() {
    const { width, height, channels, pixels, frames } = this.scene;
    const start = this.frame * width * height * channels;
    const { data } = this.image;
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        data[4 * pixel + channel] = pixels[start + pixel * channels + (channels === 3 ? channel : 0)];
      }
    }
    this.canvas.getContext("2d").putImageData(this.image, 0, 0);
    this.slider.value = this.frame;
    this.place.textContent = `${this.frame + 1} / ${frames}`;
  }
}
