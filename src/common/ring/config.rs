//! What a user can choose about the runtime: plain data, filled by `cli` from `--ring=…` and `RINGUTILS`.

/// Which engine carries out operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// `io_uring` where the kernel grants it, threads elsewhere. Silent either way.
    #[default]
    Auto,
    /// `io_uring`, or an error that says why not.
    Uring,
    /// The thread pool, even where `io_uring` would work.
    Threads,
}

/// How `--ring-stats` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatsFormat {
    /// A table for people.
    Text,
    /// One JSON object for scripts.
    Json,
}

/// The `--ring`, `--ring-stats` and `--ring-trace` options, and what a tool says about itself. `None` leaves the choice
/// to the tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent switches, each spelled out on the command line"
)]
pub struct Config {
    /// `engine=auto|uring|threads`
    pub engine: EngineChoice,
    /// `depth=N`: operations a tool keeps in flight, 1 to 4096.
    pub depth: Option<u32>,
    /// `block=SIZE`: bytes per read or write, 512 to 16 MiB.
    pub block: Option<usize>,
    /// `threads=N`: size of the thread engine's pool, or the limit on the kernel's own workers, 1 to 256.
    pub threads: Option<usize>,
    /// `sqpoll`: let a kernel thread watch the submission queue.
    pub sqpoll: bool,
    /// `direct`: read regular files past the page cache (`O_DIRECT`).
    pub direct: bool,
    /// `plain`: do not register buffers.
    pub plain: bool,
    /// `--ring-stats[=text|json]`
    pub stats: Option<StatsFormat>,
    /// `--ring-trace`: each submission and completion as a line on standard error.
    pub trace: bool,
    /// Not an option: what the tool does are chains whose steps take workers. Then a worker is to go on with the next
    /// step by itself, which `DEFER_TASKRUN` would have this thread see to.
    pub chains: bool,
}
