/** This phone's own clock, every five seconds: for ages that are shown. */
class Beat {
  now = $state(Date.now());
  constructor() {
    setInterval(() => (this.now = Date.now()), 5000);
  }
}

export const beat = new Beat();
