// The one cursor of the page: which picture is shown, and how it moves along.

class Player {
  constructor() {
    this.at = 0;
    this.speed = 1;
    this.isPlaying = false;
    this.skipsDiscarded = false;
    this.followers = []; // called with the index of each picture that is shown
  }

  follow(follower) {
    this.followers.push(follower);
  }

  goTo(index) {
    if (!pictureCount) return;
    this.at = Math.max(0, Math.min(pictureCount - 1, Math.round(index)));
    this.clock = columns.time[this.at];
    for (const follower of this.followers) follower(this.at);
  }

  step(count) {
    this.goTo(this.at + count);
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  play() {
    if (this.isPlaying || !pictureCount) return;
    if (this.at === pictureCount - 1) this.goTo(0);
    this.isPlaying = true;
    this.before = null;
    this.changed();
    requestAnimationFrame((now) => this.turn(now));
  }

  pause() {
    this.isPlaying = false;
    this.changed();
  }

  changed() {}

  turn(now) {
    if (!this.isPlaying) return;
    const seconds = this.before === null ? 0 : Math.min(0.25, (now - this.before) / 1000);
    this.before = now;
    this.clock += seconds * this.speed;
    const next = this.next();
    if (next !== this.at) {
      const clock = this.clock;
      this.goTo(next);
      this.clock = Math.max(clock, columns.time[next]);
      if (takeAt(next) !== this.lastTake) this.clock = columns.time[next];
    }
    this.lastTake = takeAt(this.at);
    if (this.at === pictureCount - 1) this.pause();
    else requestAnimationFrame((later) => this.turn(later));
  }

  // The picture whose time has come. A pause in the recording is jumped over, and so is the gap between takes.
  next() {
    const LONGEST_WAIT = 0.6;
    const take = takeAt(this.at);
    let next = this.at;
    while (next + 1 < take.end && columns.time[next + 1] <= this.clock) next += 1;
    if (next === this.at) {
      const following = next + 1;
      const isLast = following >= take.end;
      if (isLast || columns.time[following] - this.clock > LONGEST_WAIT) next = following;
    }
    while (this.skipsDiscarded && next < pictureCount - 1 && isDiscarded(next)) next += 1;
    return Math.min(next, pictureCount - 1);
  }
}
