// Gets pictures onto the screen: the newest wanted one first, some kept, the next ones fetched ahead.

const AT_ONCE = 3;
const KEPT_PIXELS = 40e6; // 160 MB of memory
const WIDEST = 1920; // more than the page has room for only costs time

// A picture ready to be drawn. Decoding it is left to the browser's other threads.
async function decoded(address) {
  const image = new Image();
  await new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = reject;
    image.src = address;
  });
  return createImageBitmap(image, image.naturalWidth > WIDEST ? { resizeWidth: WIDEST } : {});
}

class Pictures {
  constructor(show, fail) {
    this.show = show; // (image, index)
    this.fail = fail; // (index)
    this.kept = new Map(); // address → image, the oldest first
    this.keptPixels = 0;
    this.loading = new Set();
    this.wanted = -1;
    this.order = 0; // of the newest picture that was asked for
    this.shownOrder = 0; // ... and of the one on the screen
    this.shown = 0; // how many were put on the screen
    this.waiting = null;
    this.embedded = told.embedded ? new EmbeddedPictures(told.embedded) : null;
  }

  addressOf(index) {
    return this.embedded ? this.embedded.addressOf(index) : told.pictures + encodeURIComponent(pictureName(index));
  }

  want(index) {
    this.wanted = index;
    this.order += 1;
    const request = { index, address: this.addressOf(index), order: this.order };
    const image = this.kept.get(request.address);
    if (image) this.put(request, image);
    else if (this.loading.size < AT_ONCE) this.load(request);
    else this.waiting = request; // whoever waited before is out of date
  }

  // Fetch what is likely to be wanted soon.
  ahead(indexes) {
    for (const index of indexes) {
      const address = this.addressOf(index);
      if (this.loading.size >= AT_ONCE - 1 || this.waiting) return;
      if (!this.kept.has(address) && !this.loading.has(address)) this.load({ index, address, order: 0 });
    }
  }

  async load(request) {
    this.loading.add(request.address);
    try {
      const image = await decoded(request.address);
      this.keep(request.address, image);
      this.put(request, image);
    } catch {
      if (request.index === this.wanted) this.fail(request.index);
    } finally {
      this.loading.delete(request.address);
    }
    const next = this.waiting;
    this.waiting = null;
    if (next) this.load(next);
  }

  keep(address, image) {
    this.kept.set(address, image);
    this.keptPixels += image.width * image.height;
    while (this.keptPixels > KEPT_PIXELS && this.kept.size > 1) {
      const [oldest, gone] = this.kept.entries().next().value;
      this.kept.delete(oldest);
      this.keptPixels -= gone.width * gone.height;
      gone.close();
    }
  }

  put(request, image) {
    const isFetchedAhead = request.order === 0;
    if (isFetchedAhead ? request.index !== this.wanted : request.order < this.shownOrder) return;
    this.shownOrder = Math.max(this.shownOrder, request.order);
    this.shown += 1;
    this.show(image, request.index);
  }
}

// The small copies inside the page; for a picture that has none, the one before it.
class EmbeddedPictures {
  constructor(content) {
    this.at = content.at;
    this.ends = content.ends;
    this.bytes = bytesOf(content.data);
    this.addresses = new Map();
  }

  addressOf(index) {
    const place = this.placeOf(index);
    if (place < 0) return "data:,";
    if (!this.addresses.has(place)) {
      const start = place ? this.ends[place - 1] : 0;
      const blob = new Blob([this.bytes.subarray(start, this.ends[place])], { type: "image/jpeg" });
      this.addresses.set(place, URL.createObjectURL(blob));
    }
    return this.addresses.get(place);
  }

  placeOf(index) {
    let low = 0;
    let high = this.at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at[middle] <= index) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, this.at.length ? 0 : -1);
  }
}
