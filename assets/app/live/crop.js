// What the model sees of an analysed frame: the square that the server cut out, see core/faces/box.py.

// context: of a square canvas; picture: the frame; square: left, top, side and roll, which is the
// tilt of the head, in pixels of the frame and degrees. Beyond the frame its border is repeated.
export function drawCrop(context, picture, [x, y, side, roll]) {
  const out = context.canvas.width;
  const { width, height } = picture;
  const across = spans(x, side, width, roll);
  const down = spans(y, side, height, roll);
  context.save();
  context.translate(out / 2, out / 2);
  context.rotate((-roll * Math.PI) / 180);
  context.scale(out / side, out / side);
  context.translate(-(x + side / 2), -(y + side / 2));
  for (const [left, fromLeft, wide, fromWide] of across) {
    for (const [top, fromTop, high, fromHigh] of down) {
      context.drawImage(picture, fromLeft, fromTop, fromWide, fromHigh, left, top, wide, high);
    }
  }
  context.restore();
}

// The pieces along one axis: the frame itself, and its first and last pixel where the square
// reaches beyond: where, from where, how long, from how many pixels.
function spans(start, side, length, roll) {
  const room = roll ? side / 4 : 0; // the corners of a turned square reach further than its sides
  const before = Math.max(Math.ceil(room - start), 0);
  const after = Math.max(Math.ceil(start + side + room - length), 0);
  return [
    [0, 0, length, length],
    ...(before ? [[-before, 0, before, 1]] : []),
    ...(after ? [[length, length - 1, after, 1]] : []),
  ];
}
