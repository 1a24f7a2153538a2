const EDGE = 34;

/** How far a hand at `at` pushes what is shown between two edges: not at all inside, the farther the nearer to one. */
function push(from: number, at: number, to: number): number {
  return at < from + EDGE ? at - from - EDGE : at > to - EDGE ? at - to + EDGE : 0;
}

/** While something is carried: near an edge of what `inside` measures, `scroll` is told each frame how far to follow. */
export function follow(
  pointer: () => { x: number; y: number },
  inside: () => { left: number; top: number; right: number; bottom: number } | null,
  scroll: (right: number, down: number) => void,
): () => void {
  let frame = 0;
  const step = (): void => {
    frame = requestAnimationFrame(step);
    const [box, { x, y }] = [inside(), pointer()];
    if (!box || x > box.right || y < box.top - EDGE || y > box.bottom + 10) return;
    const [right, down] = [x < box.left ? 0 : push(box.left, x, box.right) / 3, push(box.top, y, box.bottom) / 3];
    if (right || down) scroll(right, down);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
