//! A destination that exists: what is refused, what is skipped, what is moved or taken out of the way.

use ringutils::cli::{Fault, bytes};
use ringutils::sys::{Kind, Stat};

use crate::backup;
use crate::entry::{Copier, Job, Ready, Step, Stop, remove};
use crate::log::Log;
use crate::make;
use crate::names::{is_dot_or_dot_dot, last_component};
use crate::options::{BackupControl, Follow, Make, Update};
use crate::prompt;
use crate::run::quoted;
use crate::same_file::{Verdict, judge};

impl Copier<'_, '_> {
    /// Goes through the rules in GNU's order, and fills in `ready`.
    pub fn existing(
        &mut self,
        job: &Job,
        from: &Stat,
        to: &Stat,
        ready: &mut Ready,
        log: &mut Log,
    ) -> Step<()> {
        let options = self.run.options;
        ready.before = Some(*to);
        if !matches!(options.update, Update::None | Update::NoneFail) {
            match judge(options, self.follow(job), (&job.from, from), (&job.to, to)) {
                Verdict::Fine => {}
                Verdict::Nothing => return Err(Stop::Done),
                Verdict::Same => {
                    let names = (quoted(job.from.shown()), quoted(job.to.shown()));
                    let text = bytes![names.0, " and ", names.1, " are the same file"];
                    return Err(log.fault(Fault::new(text)).into());
                }
            }
        }
        if from.kind != Kind::Directory {
            self.skipped(job, from, to, log)?;
        }
        self.refused(job, from, to, log)?;
        if options.backup.is_some()
            && !is_dot_or_dot_dot(last_component(job.from.name().to_bytes()))
            && to.kind != Kind::Directory
        {
            self.back_up(job, from, ready, log)
        } else if to.kind != Kind::Directory && self.must_go(job, from, to) {
            self.take_away(job, log)?;
            ready.before = None;
            Ok(())
        } else if self.memory.is_none()
            && options.make == Make::Copies
            && to.links > 1
            && to.kind != Kind::Directory
        {
            // Another name of it may be a destination as well: whose turn is last decides what it holds.
            Err(Stop::Deferred)
        } else {
            Ok(())
        }
    }

    /// Rules 5b to 5d: `-u`, `-n`, `-i`.
    fn skipped(&mut self, job: &Job, from: &Stat, to: &Stat, log: &mut Log) -> Step<()> {
        let options = self.run.options;
        let debug = |log: &mut Log| {
            if options.debug {
                log.out(bytes!["skipped ", quoted(job.to.shown())]);
            }
        };
        if self.is_old(from, job, to) {
            self.link_to_earlier(job, from, log)?;
            debug(log);
            return Err(Stop::Done);
        }
        match options.update {
            Update::NoneFail => {
                Err(log.fault(Fault::new(bytes!["not replacing ", quoted(job.to.shown())])).into())
            }
            Update::None => {
                debug(log);
                Err(Stop::Done)
            }
            _ if !options.interactive => Ok(()),
            _ => {
                let question = prompt::question(options, self.run.is_root, &job.to, to);
                let Some(memory) = self.memory.as_mut() else { return Err(Stop::Deferred) };
                if memory.answers.ask(memory.diagnostics, &question) {
                    return Ok(());
                }
                log.fail_silently();
                debug(log);
                Err(Stop::Done)
            }
        }
    }

    /// A file that is skipped as up to date is remembered all the same: another name of the same source that is
    /// skipped too becomes a link to the first one's destination.
    fn link_to_earlier(&mut self, job: &Job, from: &Stat, log: &mut Log) -> Step<()> {
        let follow = self.follows(job);
        let options = self.run.options;
        if from.links == 1 && !follow && options.sources.len() == 1 {
            // It cannot be met again.
            return Ok(());
        }
        let Some(memory) = self.memory.as_mut() else { return Err(Stop::Deferred) };
        if let Some(earlier) = memory.remember(from.identity, &job.to) {
            make::hard_link(&earlier, &job.to, follow, true, options.verbose, log)?;
        }
        Ok(())
    }

    /// Rules 5e and 5f: what would destroy something.
    fn refused(&mut self, job: &Job, from: &Stat, to: &Stat, log: &mut Log) -> Step<()> {
        let options = self.run.options;
        let names = (quoted(job.from.shown()), quoted(job.to.shown()));
        let directories = (from.kind == Kind::Directory, to.kind == Kind::Directory);
        let text = match directories {
            (true, false) if options.backup.is_none() => {
                bytes!["cannot overwrite non-directory ", names.1, " with directory ", names.0]
            }
            (false, true) if options.backup.is_none() => {
                bytes!["cannot overwrite directory ", names.1, " with non-directory ", names.0]
            }
            (_, false) if job.operand && self.just_created(job, to) => {
                bytes!["will not overwrite just-created ", names.1, " with ", names.0]
            }
            _ => return Ok(()),
        };
        Err(log.fault(Fault::new(text)).into())
    }

    fn just_created(&self, job: &Job, to: &Stat) -> bool {
        let numbered =
            self.run.options.backup.as_ref().is_some_and(|backup| backup.control == BackupControl::Numbered);
        let made = self.memory.as_ref().and_then(|memory| memory.made.as_ref());
        !numbered && made.is_some_and(|made| made.has(&job.to, to))
    }

    /// Rule 5g.
    fn back_up(&mut self, job: &Job, from: &Stat, ready: &mut Ready, log: &mut Log) -> Step<()> {
        let Some(options) = &self.run.options.backup else { return Ok(()) };
        if options.control != BackupControl::Numbered
            && backup::would_destroy(options, &job.from, from, &job.to)
        {
            let names = (quoted(job.from.shown()), quoted(job.to.shown()));
            let text = bytes!["backing up ", names.1, " might destroy source;  ", names.0, " not copied"];
            return Err(log.fault(Fault::new(text)).into());
        }
        match backup::backup(options, &job.to) {
            Ok(backup) => ready.backup = Some(backup),
            // It is gone already.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
            Err(error) => {
                return Err(log.fault(Fault::naming("cannot backup ", job.to.shown(), "", error)).into());
            }
        }
        ready.before = None;
        Ok(())
    }

    /// Rule 5h: whether what exists is removed first rather than written to.
    fn must_go(&self, job: &Job, from: &Stat, to: &Stat) -> bool {
        let options = self.run.options;
        options.remove_destination
            || (!options.attributes_only
                && ((options.preserve.links && to.links > 1)
                    || (self.follow(job) == Follow::Never && from.kind != Kind::Regular)))
    }

    fn take_away(&mut self, job: &Job, log: &mut Log) -> Step<()> {
        remove(&job.to)
            .map_err(|error| log.fault(Fault::naming("cannot remove ", job.to.shown(), "", error)))?;
        if self.run.options.verbose {
            log.out(bytes!["removed ", quoted(job.to.shown())]);
        }
        Ok(())
    }
}
