# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The loops of a kernel that hold tensor-core instructions, and ways around them.

A loop is a strongly connected part of the control-flow graph; its header is where it is
entered, and the loops in it are the connected parts that are left without the jumps back
to the header. So every natural loop is found, and a loop with two entries too; loops that
share a header are one.

A way around a loop leads from its header to a jump back to it, through each block at most
once. A loop within it that has tensor-core instructions is reported by itself, and its code
is no part of the way. Four ways are reported. The first three do the whole work of a tile:
they load as many matrices from shared memory (LDSM) as any way does; where none is loaded, they
hold as many tensor-core instructions. They copy as much as any of those (LDGSTS).

    full tile      the fewest tensor-core instructions, since masks are made with some, and is then
                   the shortest
    rescaled tile  a full tile that exchanges as much between lanes as any way does (SHFL),
                   which is how the maximum of a row is found
    partial tile   the most tensor-core instructions, exchanges as little as any way that does,
                   and is then the longest
    empty tile     the shortest of all: the tensor-core instructions that may be skipped are
"""

import collections
import dataclasses

from .program import BYTES_PER_INSTRUCTION

TENSOR = {"HMMA", "IMMA", "BMMA", "DMMA", "QMMA", "OMMA"}


@dataclasses.dataclass
class Block:
    instructions: list
    successors: list

    def count(self, names):
        return sum(instruction.name in names for instruction in self.instructions)


@dataclasses.dataclass
class Loop:
    header: int
    depth: int
    # Each a list of instructions.
    full: list
    rescaled: list
    partial: list
    empty: list


def make_blocks(instructions):
    """Basic blocks by address, those that the entry reaches."""
    by_address = {instruction.address: at for at, instruction in enumerate(instructions)}
    leaders = {instructions[0].address}
    for instruction in instructions:
        if instruction.flow != "next":
            leaders.update(instruction.targets)
            leaders.add(instruction.address + BYTES_PER_INSTRUCTION)
    blocks, waiting = {}, [instructions[0].address]
    while waiting:
        start = waiting.pop()
        if start in blocks or start not in by_address:
            continue
        end = by_address[start] + 1
        while end < len(instructions) and instructions[end].address not in leaders:
            end += 1
        last = instructions[end - 1]
        successors = list(last.targets) if last.flow in ("branch", "jump") else []
        if last.flow in ("branch", "next"):
            successors.append(last.address + BYTES_PER_INSTRUCTION)
        successors = [place for place in dict.fromkeys(successors) if place in by_address]
        blocks[start] = Block(instructions[by_address[start]:end], successors)
        waiting += successors
    return blocks


def find_cycles(nodes, edges):
    """Strongly connected parts with an edge within, each a set. Tarjan's algorithm, with
    a stack of its own: (node, its successors that are not yet visited)."""
    index, low, on_stack, stack, parts = {}, {}, set(), [], []
    for root in sorted(nodes):
        if root in index:
            continue
        calls = []

        def enter(node):
            index[node] = low[node] = len(index)
            stack.append(node)
            on_stack.add(node)
            calls.append((node, iter([next_ for next_ in edges(node) if next_ in nodes])))

        enter(root)
        while calls:
            node, rest = calls[-1]
            next_ = next(rest, None)
            if next_ is None:
                calls.pop()
                if calls:
                    low[calls[-1][0]] = min(low[calls[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    part = set(stack[at:])
                    del stack[at:]
                    on_stack -= part
                    if len(part) > 1 or node in edges(node):
                        parts.append(part)
            elif next_ not in index:
                enter(next_)
            elif next_ in on_stack:
                low[node] = min(low[node], index[next_])
    return parts


def find_ways(blocks, header, part, hidden):
    """The four ways around the loop `part`, as lists of instructions, without those of the
    blocks in `hidden`."""
    # Blocks in an order in which jumps go forward, once those that go back to a block that
    # is being visited are left out.
    order, forward, state = [], collections.defaultdict(list), {}
    calls = [(header, iter(blocks[header].successors))]
    state[header] = "open"
    while calls:
        node, rest = calls[-1]
        next_ = next(rest, None)
        if next_ is None:
            calls.pop()
            state[node] = "done"
            order.append(node)
        elif next_ in part and state.get(next_) != "open":
            forward[node].append(next_)
            if next_ not in state:
                state[next_] = "open"
                calls.append((next_, iter(blocks[next_].successors)))

    work = {"LDSM"} if any(blocks[node].count({"LDSM"}) for node in part) else TENSOR
    nothing = (0, 0, 0, 0, 0)

    def find_best(weigh):
        best = {}  # block -> (weight of the best way from it to a jump back, what follows)
        for node in order:
            ends = [(nothing, None)] if header in blocks[node].successors else []
            ends += [(best[next_][0], next_) for next_ in forward[node] if next_ in best]
            if ends:
                weight, following = max(ends, key=lambda end: end[0])
                own = weigh(blocks[node]) if node not in hidden else nothing
                best[node] = (tuple(map(sum, zip(weight, own))), following)
        way, node = [], header
        while node is not None:
            way += blocks[node].instructions if node not in hidden else []
            node = best[node][1]
        return way

    def weigh(*signs):
        """Of work, copies, tensor-core instructions, exchanges and all instructions."""
        return lambda block: tuple(sign * number for sign, number in zip(signs, (
            block.count(work), block.count({"LDGSTS"}), block.count(TENSOR),
            block.count({"SHFL"}), len(block.instructions))))

    return tuple(map(find_best, (weigh(1, 1, -1, 0, -1), weigh(1, 1, -1, 1, -1),
                                 weigh(1, 1, 1, -1, 1), weigh(0, 0, 0, 0, -1))))


def find_loops(instructions):
    """Loops with tensor-core instructions of their own, not those of a loop within."""
    blocks = make_blocks(instructions)
    loops = []

    def visit(nodes, edges, depth):
        for part in find_cycles(nodes, edges):
            entered = {next_ for node in blocks if node not in part
                       for next_ in blocks[node].successors if next_ in part}
            header = min(entered or part)

            def inner(node, edges=edges, header=header):
                return [next_ for next_ in edges(node) if next_ != header]

            hidden = set().union(*(
                loop for loop in find_cycles(part, inner)
                if any(blocks[node].count(TENSOR) for node in loop)))
            if any(blocks[node].count(TENSOR) for node in part - hidden):
                loops.append(Loop(header, depth, *find_ways(blocks, header, part, hidden)))
            visit(part, inner, depth + 1)

    visit(set(blocks), lambda node: blocks[node].successors, 1)
    return sorted(loops, key=lambda loop: loop.header)
