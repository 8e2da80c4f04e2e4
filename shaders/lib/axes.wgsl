// An index taken apart over up to six axes, size0 outermost to size5 innermost; unused outer axes have size 1. A text to put in front of a
// kernel; it has no entry point.

override size1: u32 = 1u;
override size2: u32 = 1u;
override size3: u32 = 1u;
override size4: u32 = 1u;
override size5: u32 = 1u;

/// The coordinates of axes 0 to 2 and 3 to 5; also the strides of an operand.
struct Axes {
  outer: vec3<u32>,
  inner: vec3<u32>,
}

fn coordinatesOf(index: u32) -> Axes {
  var rest = index;
  let c5 = rest % size5;
  rest /= size5;
  let c4 = rest % size4;
  rest /= size4;
  let c3 = rest % size3;
  rest /= size3;
  let c2 = rest % size2;
  rest /= size2;
  return Axes(vec3<u32>(rest / size1, rest % size1, c2), vec3<u32>(c3, c4, c5));
}

/// The sum of coordinate times stride: where an operand has the element. Stride 0 stretches an axis.
fn placeOf(coordinates: Axes, strides: Axes) -> u32 {
  return dot(coordinates.outer, strides.outer) + dot(coordinates.inner, strides.inner);
}
