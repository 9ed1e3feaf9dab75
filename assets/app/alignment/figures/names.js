// Names on a map give way to each other and to other points: above theirs, else below or beside it.
const LINE_PX = 15;
const LETTER_PX = 7.3;
const CLEAR_PX = 20;
const MARK_PX = 14;

// plot: drawn, in two dimensions. Moves its captions; the first ones have the first choice.
export async function spreadNames(plot) {
  const { xaxis, yaxis, annotations = [] } = plot._fullLayout;
  const marks = annotations.map(({ x, y }) => ({ x: xaxis.l2p(x), y: yaxis.l2p(y), width: MARK_PX }));
  const taken = [];
  const changes = {};
  annotations.forEach((caption, place) => {
    const width = caption.text.length * LETTER_PX;
    const { x, y } = marks[place];
    const boxes = ways(caption.yshift, width).map(([right, up]) => ({ right, up, x: x + right, y: y - up, width }));
    const isFree = (box) => isWithin(box, xaxis._length) && !taken.some((other) => overlap(box, other));
    const hides = (box) => marks.some((mark, other) => other !== place && overlap(box, mark));
    const box = boxes.find((way) => isFree(way) && !hides(way)) ?? boxes.find(isFree) ?? boxes[0];
    taken.push(box);
    if (box.right !== caption.xshift) changes[`annotations[${place}].xshift`] = box.right;
    if (box.up !== caption.yshift) changes[`annotations[${place}].yshift`] = box.up;
  });
  if (Object.keys(changes).length) await window.Plotly.relayout(plot, changes);
}

// Where a name may stand relative to its point: right and up [px], the usual way first.
function ways(usual, width) {
  const beside = width / 2 + CLEAR_PX / 2;
  return [[0, usual], [0, -usual], [beside, 0], [-beside, 0], [0, usual + Math.sign(usual) * LINE_PX], [0, -usual - Math.sign(usual) * LINE_PX]];
}

const isWithin = ({ x, width }, length) => x - width / 2 >= 0 && x + width / 2 <= length;

function overlap(one, other) {
  return Math.abs(one.x - other.x) < (one.width + other.width) / 2 && Math.abs(one.y - other.y) < LINE_PX;
}
