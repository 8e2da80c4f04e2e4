/**
 * The stack machine of Python's pickles, protocols 2 to 5, as plain data: what the numbers of https://docs.python.org/3/library/pickletools.html
 * build. Nothing of a file is ever run. Classes and functions stay names (`PickleGlobal`), and what calling them gives is the caller's
 * decision (`PickleHandlers`).
 *
 * dict → Map, list and tuple → array, set → array, str → string, bytes → Uint8Array, int → number or bigint, None → null.
 */
import { PickleBytes } from "./pickleBytes";

/** The name of a class or function, "module.name". */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** An object of a class that is not understood: only its class's name, and its items where it is a kind of dict. */
export class PickleObject {
  readonly items = new Map<unknown, unknown>();
  constructor(readonly className: string) {}
}

export interface PickleHandlers {
  /** @throws where the name must not even be mentioned. */
  global(name: string): PickleGlobal;
  /** What `callable(*args)` or `class.__new__(class, *args)` stands for. */
  call(callable: unknown, args: readonly unknown[]): unknown;
  /** The object outside of the pickle that an id stands for. */
  persistent(id: unknown): unknown;
}

/** Each step makes at most one value, so this bounds the memory of a pickle that is made to harm. A large model's has about 10⁵. */
const MAX_STEPS = 4_000_000;
const STOP = 0x2e;

/**
 * Reads one pickle from `start` on; `end` is the byte after it.
 * @throws {CutPickle} where it goes on behind the last byte.
 * @throws where it is damaged, or uses what PyTorch's files do not.
 */
export function unpickle(
  bytes: Uint8Array,
  handlers: PickleHandlers,
  start = 0,
): { readonly value: unknown; readonly end: number } {
  const machine = new Machine(new PickleBytes(bytes, start), handlers);
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const code = machine.input.byte();
    if (code === STOP) return { value: machine.pop(), end: machine.input.position };
    const step = opcodes[code];
    if (!step)
      throw new Error(`The pickle has the instruction ${code}, which PyTorch's files do not use. The file is damaged.`);
    step(machine);
  }
  throw new Error(`The pickle has more than ${MAX_STEPS} instructions. The file is damaged or made to harm.`);
}

class Machine {
  private readonly stack: unknown[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    readonly input: PickleBytes,
    readonly handlers: PickleHandlers,
  ) {}

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw damaged("takes from an empty stack");
    return this.stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** All values since the last mark, in order. */
  popMarked(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw damaged("asks for a mark that was not set");
    return this.stack.splice(mark);
  }

  popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw damaged(`recalls value ${index}, which was not kept`);
    this.push(this.memo.get(index));
  }

  /** Puts keys and values in turn into the dict on top. */
  setItems(items: readonly unknown[]): void {
    const target = this.top();
    const map = target instanceof PickleObject ? target.items : target;
    if (!(map instanceof Map) || items.length % 2 !== 0) throw damaged("sets items of what is no dict");
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  append(values: readonly unknown[]): void {
    const target = this.top();
    if (target instanceof PickleObject) return;
    if (!Array.isArray(target)) throw damaged("appends to what is no list");
    for (const value of values) target.push(value);
  }

  call(args: unknown, callable: unknown): void {
    if (!Array.isArray(args)) throw damaged("calls with what is no tuple");
    this.push(this.handlers.call(callable, args));
  }
}

const damaged = (what: string): Error => new Error(`The pickle ${what}. The file is damaged.`);

type Step = (machine: Machine) => void;

const push =
  (make: (input: PickleBytes) => unknown): Step =>
  (m) =>
    m.push(make(m.input));

function pushGlobal(m: Machine, module: unknown, name: unknown): void {
  if (typeof module !== "string" || typeof name !== "string") throw damaged("names a class by what is no text");
  m.push(m.handlers.global(`${module}.${name}`));
}

/** Instructions by their byte. Absent: those of protocols 0 and 1 that later ones never write, extensions and shared buffers. */
const opcodes: Readonly<Record<number, Step>> = {
  // Frames of the file and of the stack.
  128: (m) => void m.input.byte(),
  149: (m) => void m.input.uint64(),
  40: (m) => m.mark(),
  48: (m) => void m.pop(),
  49: (m) => void m.popMarked(),
  50: (m) => m.push(m.top()),
  // Constants.
  78: push(() => null),
  136: push(() => true),
  137: push(() => false),
  // Numbers.
  74: push((input) => input.int32()),
  75: push((input) => input.byte()),
  77: push((input) => input.uint16()),
  138: push((input) => input.long(input.byte())),
  139: push((input) => input.long(input.uint32())),
  71: push((input) => input.float64()),
  // Text, and bytes.
  88: push((input) => input.text(input.uint32())),
  140: push((input) => input.text(input.byte())),
  141: push((input) => input.text(input.uint64())),
  84: push((input) => input.text(input.uint32())),
  85: push((input) => input.text(input.byte())),
  66: push((input) => input.take(input.uint32())),
  67: push((input) => input.take(input.byte())),
  142: push((input) => input.take(input.uint64())),
  150: push((input) => input.take(input.uint64())),
  // Tuples, lists, dicts and sets.
  41: push(() => []),
  93: push(() => []),
  143: push(() => []),
  125: push(() => new Map()),
  133: (m) => m.push(m.popMany(1)),
  134: (m) => m.push(m.popMany(2)),
  135: (m) => m.push(m.popMany(3)),
  116: (m) => m.push(m.popMarked()),
  145: (m) => m.push(m.popMarked()),
  97: (m) => m.append([m.pop()]),
  101: (m) => m.append(m.popMarked()),
  144: (m) => m.append(m.popMarked()),
  115: (m) => m.setItems(m.popMany(2)),
  117: (m) => m.setItems(m.popMarked()),
  // What was made before.
  113: (m) => m.remember(m.input.byte()),
  114: (m) => m.remember(m.input.uint32()),
  148: (m) => m.rememberNext(),
  104: (m) => m.recall(m.input.byte()),
  106: (m) => m.recall(m.input.uint32()),
  // Classes, functions and what they make.
  99: (m) => pushGlobal(m, m.input.line(), m.input.line()),
  147: (m) => {
    const [module, name] = m.popMany(2);
    pushGlobal(m, module, name);
  },
  81: (m) => m.push(m.handlers.persistent(m.pop())),
  82: (m) => m.call(m.pop(), m.pop()),
  129: (m) => m.call(m.pop(), m.pop()),
  146: (m) => {
    m.pop();
    m.call(m.pop(), m.pop());
  },
  // An object's state (also the `_metadata` of state dicts) holds nothing that is needed here.
  98: (m) => void m.pop(),
};
