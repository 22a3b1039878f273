"""The gdb command `fibres`: every live fibre, what it waits for, and its frames.

    gdb -p PID -x tools/gdb/fibres.py -ex fibres
    gdb postrider core -x tools/gdb/fibres.py -ex 'fibres 12'

`fibres [N]` prints each with N frames at most (default 6; 0 is none).  Works on a
live process and on a core, and writes to neither: an unwinder puts the frames of
a parked fibre below the present frame 0 while the command runs.
"""

import gdb
import gdb.unwinder

# Where jump_fcontext (boost.context 1.7x, ELF) saves what, from struct fibre.ctx on.
LAYOUTS = {
    "i386:x86-64": {
        "registers": {"r12": 0x08, "r13": 0x10, "r14": 0x18, "r15": 0x20, "rbx": 0x28, "rbp": 0x30},
        "pc": ("rip", 0x38),
        "sp": ("rsp", 0x40),
    },
    "aarch64": {
        "registers": {"x%d" % (19 + i): 0x40 + 8 * i for i in range(11)},
        "pc": ("pc", 0xA0),
        "sp": ("sp", 0xB0),
    },
}


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class FibreUnwinder(gdb.unwinder.Unwinder):
    """Says of the innermost frame that a fibre's saved registers are its caller's."""

    def __init__(self):
        super().__init__("postrider-fibre")
        self.context = None
        self.at = None

    def show(self, context):
        self.context = None
        gdb.invalidate_cached_frames()
        frame = gdb.newest_frame()
        self.at = int(frame.read_register(layout()["sp"][0])), frame.pc()
        self.context = context
        gdb.invalidate_cached_frames()

    def hide(self):
        self.context = None
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.context is None:
            return None
        saved = layout()
        word = gdb.lookup_type("unsigned long")
        pc_name, pc_at = saved["pc"]
        sp_name, sp_at = saved["sp"]
        sp = int(pending.read_register(sp_name))
        if (sp, int(pending.read_register(pc_name))) != self.at:
            return None

        def value(address):
            return gdb.Value(address).cast(word.pointer()).dereference()

        # gdb stops at a frame that lies below the one it called: pretend to lie below too.
        identity = FrameId(gdb.Value(self.context).cast(word), pending.read_register(pc_name))
        info = pending.create_unwind_info(identity)
        for name, offset in saved["registers"].items():
            info.add_saved_register(name, value(self.context + offset))
        info.add_saved_register(pc_name, value(self.context + pc_at))
        info.add_saved_register(sp_name, gdb.Value(self.context + sp_at).cast(word))
        return info


unwinder = FibreUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def layout():
    name = gdb.selected_inferior().architecture().name()
    if name not in LAYOUTS:
        raise gdb.GdbError("fibres: the layout of a saved context on %s is not known here" % name)
    return LAYOUTS[name]


def each_fibre():
    head = gdb.parse_and_eval("&fibres.live")
    fibre_type = gdb.lookup_type("struct fibre")
    offset = next(f.bitpos // 8 for f in fibre_type.fields() if f.name == "live")
    node = head["next"]
    while node != head:
        address = int(node) - offset
        yield gdb.Value(address).cast(fibre_type.pointer()).dereference()
        node = node["next"]


def now_ms():
    """The loop's clock, as cached in its last turn."""
    return int(gdb.lookup_static_symbol("loop").value()["uv"]["time"])


def text(z):
    return z.string() if int(z) else None


def frames_of(context, most):
    unwinder.show(context)
    try:
        frame = gdb.newest_frame().older()
        n = 0
        while frame is not None and frame.is_valid() and n < most:
            sal = frame.find_sal()
            where = " at %s:%d" % (sal.symtab.filename, sal.line) if sal.symtab else ""
            gdb.write("    #%d 0x%x in %s%s\n" % (n, frame.pc(), frame.name() or "??", where))
            if frame.name() == "fibre_main":
                break
            frame = frame.older()
            n += 1
    finally:
        unwinder.hide()


class Fibres(gdb.Command):
    """fibres [N]: print every live fibre, with N frames at most (default 6)."""

    def __init__(self):
        super().__init__("fibres", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        most = int(argument) if argument else 6
        running = int(gdb.parse_and_eval("fibres.running"))
        n = 0
        for f in each_fibre():
            n += 1
            address = int(f.address)
            if address == running:
                state = "runs"
            elif int(f["parked"]):
                state = "waits for %s" % text(f["waits_for"])
            else:
                state = "is ready"
            used = int(f["stack"]) + int(f["stack_bytes"]) - int(f["ctx"])
            flags = " (cancelled)" if int(f["cancelled"]) else ""
            gdb.write(
                "%s %s%s, for %d ms; sp 0x%x, %d octets of stack\n"
                % (text(f["name"]), state, flags, now_ms() - int(f["since_at"]), int(f["ctx"]), used)
            )
            if most and address != running:
                frames_of(int(f["ctx"]), most)
        gdb.write("%d fibres\n" % n)


Fibres()
