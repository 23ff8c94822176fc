// What Python put into the page: texts and tables as JSON, the pictures' values as typed arrays.

const told = JSON.parse(document.getElementById("data").textContent);

const ARRAYS = { f: Float32Array, d: Float64Array, b: Int8Array, B: Uint8Array, H: Uint16Array };

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const columns = Object.fromEntries(
  Object.entries(told.columns).map(([name, one]) => [name, new ARRAYS[one.type](bytesOf(one.data).buffer)]),
);
delete told.columns;
const pictureCount = columns.frame.length;

// The take that a picture belongs to. Takes without pictures have none.
function takeAt(index) {
  let low = 0;
  let high = told.takes.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (told.takes[middle].end > index) high = middle;
    else low = middle + 1;
  }
  return told.takes[low];
}

// First and last picture of each lap; a lap without pictures has none.
const lapPictures = told.laps.map(() => null);
for (let at = 0; at < pictureCount; at++) {
  const lap = columns.lap[at];
  if (lap === told.noLap || lap >= lapPictures.length) continue;
  if (lapPictures[lap]) lapPictures[lap][1] = at;
  else lapPictures[lap] = [at, at];
}

function lapAt(index) {
  const lap = columns.lap[index];
  return lap === told.noLap ? -1 : lap;
}

// The picture of a take with this frame number, or the next one that there is.
function pictureOfFrame(take, frame) {
  let low = take.first;
  let high = take.end - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (columns.frame[middle] < frame) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pictureName(index) {
  const take = takeAt(index);
  const other = take.otherNames[index - take.first];
  return other ?? `${take.name}_${String(columns.frame[index]).padStart(6, "0")}.jpg`;
}

function pairedBy(index) {
  return columns.paired[index] === told.noWord ? null : told.pairedBy[columns.paired[index]].word;
}

const isProven = (index) => told.pairedBy[columns.paired[index]]?.proof === "proven";
const isDiscarded = (index) => columns.discarded[index] > 0;
const whyDiscarded = (index) => told.reasons[columns.discarded[index] - 1] ?? "discarded";
