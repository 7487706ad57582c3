//! The questions, and all that is said about them that is not computed. No figure is among it: those come from the
//! results, or from the source.

use super::super::charts::Steps;
use super::source::{Source, source};

/// A question, and so a page.
pub struct Question {
    /// What rows call it; the names of its page and charts.
    pub name: &'static str,
    pub title: &'static str,
    /// What is asked, in a paragraph.
    pub asks: &'static str,
    /// How it is measured, beyond what holds for all.
    pub how: &'static str,
    /// What each row is, in a sentence and in the chart.
    pub rows: &'static [(&'static str, &'static str)],
    pub answer: Answer,
    /// Whether it is another one with more processors.
    pub cores: bool,
    /// What it means in the tools.
    pub tools: &'static str,
    /// What they chose, and where.
    pub choices: &'static [Choice],
}

/// How an answer is put.
pub enum Answer {
    /// Some settings against the first one.
    Versus(&'static [Versus]),
    /// A number that grows.
    Growing(Growing),
}

/// A setting against the first one.
pub struct Versus {
    pub label: &'static str,
    /// Of a sentence; singular.
    pub subject: &'static str,
    /// What the first setting is.
    pub than: &'static str,
    /// Whether the processor time belongs to the answer.
    pub cpu: bool,
}

/// A number that grows.
pub struct Growing {
    /// The number itself.
    pub what: &'static str,
    /// Behind a number.
    pub of: &'static str,
    pub axis: &'static str,
    pub steps: Steps,
}

/// What the tools chose.
pub struct Choice {
    pub what: &'static str,
    pub source: Source,
    /// If it is a number that the rows vary: how it is written, and the row that tells how good it is.
    pub number: Option<(Steps, Option<&'static str>)>,
}

const fn at(what: &'static str, source: Source) -> Choice {
    Choice { what, source, number: None }
}

const fn count(what: &'static str, source: Source, row: Option<&'static str>) -> Choice {
    Choice { what, source, number: Some((Steps::Counts, row)) }
}

const fn bytes(what: &'static str, source: Source, row: Option<&'static str>) -> Choice {
    Choice { what, source, number: Some((Steps::Bytes, row)) }
}

/// All of them, in the order of the index.
pub const QUESTIONS: &[Question] = &[ENGINE, DEPTH, BLOCK, BUFFERS, DESCRIPTORS, CHAINS, SQPOLL, DIRECT];

const ENGINE: Question = Question {
    name: "engine",
    title: "A ring against a pool of threads",
    asks: "All that io_uring does can be done by threads that make system calls. Many programs do so, and so do these \
           tools where there is no io_uring (`--ring=engine=threads`). What does the ring give beyond that?",
    how: "The same command with either engine. The last row has no command: it reads by the runtime and does nothing \
          with what it reads, so that nothing but the engine is seen.",
    rows: &[
        ("engine-cat", "small cold files by ucat"),
        ("engine-hash", "small cold files by uhash"),
        ("engine-cp", "small cold files by ucp"),
        ("engine-large", "one large cached file by uhash"),
        ("engine-blocks", "small cached blocks of one file"),
    ],
    answer: Answer::Versus(&[Versus {
        label: "ring",
        subject: "A ring",
        than: "a pool of threads",
        cpu: true,
    }]),
    cores: false,
    tools: "A tool has a ring where the kernel grants one, and the pool of threads where not; it cannot tell which. Where \
            an operation would not wait, neither is used: a plain call is made.",
    choices: &[
        at("the choice", source!("src/common/ring/config.rs", "EngineChoice")),
        count("the most threads of the pool", source!("src/common/ring/threads/mod.rs", "LIMIT"), None),
        at("what is cached is read by plain calls", source!("src/common/io/files_ahead.rs", "load")),
    ],
};

const DEPTH: Question = Question {
    name: "depth",
    title: "How many operations on their way",
    asks: "A device that is asked for one thing at a time is idle while the answer is on its way. How many operations, \
           blocks or files should be under way at the same time, so that it has always something to do, and when does \
           more of them make no difference?",
    how: "`RINGUTILS=depth=N`. The last two rows read one file by the runtime alone, block after block: once through the \
          page cache, where the kernel reads ahead by itself, and once past it.",
    rows: &[
        ("depth-cat", "small cold files by ucat"),
        ("depth-hash", "small cold files by uhash"),
        ("depth-warm", "small cached files by ucat"),
        ("depth-large", "one large cold file"),
        ("depth-direct", "one large file past the page cache"),
    ],
    answer: Answer::Growing(Growing {
        what: "the depth",
        of: " at a time",
        axis: "operations, blocks or files on their way",
        steps: Steps::Counts,
    }),
    cores: false,
    tools: "Files are looked at far ahead, as each is small and the disk is asked in whatever order it likes. Blocks of \
            one file are few, as the kernel reads ahead too, and each takes memory.",
    choices: &[
        count("files ahead, `ucat`", source!("src/common/io/files_ahead.rs", "DEPTH"), Some("depth-cat")),
        count("files ahead, `uhash`", source!("src/common/io/files_ahead.rs", "DEPTH"), Some("depth-hash")),
        count("files ahead, `ucp`", source!("src/bin/ucp/small.rs", "DEPTH"), None),
        count("blocks ahead, `ucat`", source!("src/bin/ucat/copy.rs", "DEPTH"), None),
        count("blocks ahead, `uhash`", source!("src/bin/uhash/read.rs", "DEPTH"), None),
    ],
};

const BLOCK: Question = Question {
    name: "block",
    title: "How much in a block",
    asks: "Each read and each write has a price of its own, which large blocks spread over more bytes. But a block that \
           does not fit into a core's cache is read from memory again when it is used, and nobody can begin before the \
           first block is there. Which size is right?",
    how: "`RINGUTILS=block=SIZE`, where the size matters: most of what `ucat` and `usplice` do moves pages inside the kernel, \
          and has no blocks.",
    rows: &[
        ("block-number", "ucat -n of text in RAM"),
        ("block-hash", "one cached file by uhash"),
        ("block-cold", "one cold file by uhash"),
        ("block-direct", "one file past the page cache by ucat"),
    ],
    answer: Answer::Growing(Growing {
        what: "the size",
        of: " a block",
        axis: "bytes of a block",
        steps: Steps::Bytes,
    }),
    cores: false,
    tools: "Where a core works on a block by itself, the block is to fit into its cache. Where another core reads \
            it, each block has that core woken up, and it may be larger.",
    choices: &[
        bytes("lines, `ucat`", source!("src/bin/ucat/crew.rs", "BLOCK"), Some("block-number")),
        bytes("read by another core, `uhash`", source!("src/bin/uhash/read.rs", "PIECE"), Some("block-hash")),
        bytes("the same when it is cold", source!("src/bin/uhash/read.rs", "PIECE"), Some("block-cold")),
        bytes("past the page cache, `ucat`", source!("src/bin/ucat/copy.rs", "BLOCK"), Some("block-direct")),
        bytes("`ucp`", source!("src/bin/ucp/hands.rs", "BLOCK"), None),
    ],
};

const BUFFERS: Question = Question {
    name: "buffers",
    title: "Registered against plain buffers",
    asks: "The kernel can be told beforehand which memory will be read into. It then looks up and pins the pages once, and \
           not at each operation. They count as locked memory, which is scarce for ordinary users. Is it worth that?",
    how: "Reads of the same blocks with the pool registered (`READ_FIXED`) and not (`READ`). Past the page cache the device \
          itself writes into the pages, so that they have to be pinned in any case.",
    rows: &[
        ("buffers-small", "small cached blocks"),
        ("buffers-large", "large cached blocks"),
        ("buffers-direct", "small blocks past the page cache"),
        ("buffers-hash", "one large cached file by uhash"),
    ],
    answer: Answer::Versus(&[Versus {
        label: "registered",
        subject: "Registering buffers",
        than: "not doing so",
        cpu: true,
    }]),
    cores: false,
    tools: "Pools of blocks for large files are registered if the kernel allows it, and used without if it does not \
            (`--ring=plain` asks for that). Buffers for small files are not: a chain reads each of them once.",
    choices: &[
        at("where a pool is registered", source!("src/common/io/session.rs", "pipeline")),
        bytes("from this size of file on, `uhash`", source!("src/bin/uhash/read.rs", "HUGE"), None),
        at("who keeps the memory", source!("src/common/ring/uring.rs", "register")),
    ],
};

const DESCRIPTORS: Question = Question {
    name: "descriptors",
    title: "Direct against ordinary descriptors",
    asks: "A file can be opened into a table of the ring, instead of into the table of the process. Looking it up there is \
           cheaper, it takes no descriptor number, and the number is known before it is open. What does that save?",
    how: "This program opens small files, reads each to its end, and closes it, all in single steps, by the runtime alone. \
          In the last row one file is open all the time.",
    rows: &[
        ("descriptors-cold", "small cold files"),
        ("descriptors-warm", "small cached files"),
        ("descriptors-blocks", "small cached blocks of one file"),
    ],
    answer: Answer::Versus(&[Versus {
        label: "direct",
        subject: "A direct descriptor",
        than: "an ordinary one",
        cpu: true,
    }]),
    cores: false,
    tools: "Small files that are read ahead get direct descriptors, as chains need them: a read can be queued behind its \
            open only if the file's number is known beforehand. All else has ordinary descriptors, since plain calls \
            and other threads know those.",
    choices: &[
        at("the table", source!("src/common/ring/fd.rs", "FileTable")),
        at("who asks for a place", source!("src/common/ring/ops/file_head.rs", "file_head")),
    ],
};

const CHAINS: Question = Question {
    name: "chains",
    title: "Chains against single steps",
    asks: "To read a small file is to open it, to read it, to read once more to see that it has ended, and to close it. \
           Linked entries are submitted together, and the kernel goes from one to the next by itself. Is that better than \
           to submit each step when the one before it has come back?",
    how: "This program reads the files in order, many of them at the same time, all by direct descriptors. In a chain are \
          the open and both reads. Plain calls do the same, one file after the other.",
    rows: &[("chains-cold", "small cold files"), ("chains-warm", "small cached files")],
    answer: Answer::Versus(&[
        Versus { label: "chain", subject: "A chain", than: "single steps", cpu: true },
        Versus { label: "plain calls", subject: "making plain calls", than: "single steps", cpu: false },
    ]),
    cores: false,
    tools: "A small file whose name is not cached is read by one chain. What is cached is opened and read by plain calls, \
            without any ring.",
    choices: &[
        at("the chain", source!("src/common/ring/ops/file_head.rs", "FileHead")),
        at("`ucat` and `uhash`", source!("src/common/io/files_ahead.rs", "fetch")),
        at("the same in pairs, `usplice`", source!("src/common/ring/ops/splice.rs", "SplicePairs")),
    ],
};

const SQPOLL: Question = Question {
    name: "sqpoll",
    title: "A kernel thread that watches the queue",
    asks: "With `SQPOLL` a thread of the kernel looks at the submission queue all the time, so that submitting takes no \
           system call. The thread needs a processor while there is work, and for a while after that. When does that pay?",
    how: "The same with and without `RINGUTILS=sqpoll`. Processor time includes that of the kernel's thread, which belongs to \
          the process.",
    rows: &[
        ("sqpoll-cat", "small cold files by ucat"),
        ("sqpoll-blocks", "small cached blocks"),
        ("sqpoll-hash", "one large cached file by uhash"),
    ],
    answer: Answer::Versus(&[Versus {
        label: "sqpoll",
        subject: "SQPOLL",
        than: "submitting by system calls",
        cpu: true,
    }]),
    cores: true,
    tools: "No tool asks for it by itself; `--ring=sqpoll` does. One `io_uring_enter` submits all that was queued since \
            the last one and waits as well, so that there are few calls to save.",
    choices: &[
        at("how it is set up", source!("src/common/ring/setup.rs", "build_with")),
        count(
            "for so many milliseconds it stays awake",
            source!("src/common/ring/setup.rs", "SQPOLL_IDLE_MS"),
            None,
        ),
    ],
};

const DIRECT: Question = Question {
    name: "direct",
    title: "O_DIRECT against the page cache",
    asks: "What is read through the page cache is copied out of it, and stays there in place of something else. `O_DIRECT` \
           has the device write into the program's own memory. Is that faster for a large file that is read once?",
    how: "The same blocks, a few of them at a time, read either way by the runtime alone; and a checksum by `uhash`, with and \
          without `RINGUTILS=direct`, of a file that is on the disk only, and of one that is cached.",
    rows: &[
        ("direct-cold", "blocks of one cold file"),
        ("direct-hash", "one cold file by uhash"),
        ("direct-warm", "one cached file by uhash"),
    ],
    answer: Answer::Versus(&[Versus {
        label: "O_DIRECT",
        subject: "`O_DIRECT`",
        than: "the page cache",
        cpu: true,
    }]),
    cores: false,
    tools: "No tool uses it unless it is told to (`--ring=direct`, `ucp --cache=direct`): whether a file will be read again \
            is not known to it. Where a file system refuses, or an offset is odd, it goes on without.",
    choices: &[
        at("how it is given up", source!("src/common/sys/file.rs", "clear_direct")),
        at("`ucp --cache=direct`", source!("src/bin/ucp/options.rs", "Cache")),
    ],
};
