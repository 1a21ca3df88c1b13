//! How long commits and a replay take here: `cargo run --release -p tenon-log --example speed -- <an empty directory>`
#![expect(clippy::print_stdout, reason = "it is run for what it prints")]

use std::error::Error;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use tenon_log::{Durability, Group, Log, NewEvent, Options, Range};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("name an empty directory")?;
    let log = Log::open(&directory, &Options::default())?;
    for (data_bytes, events, batch) in [(40, 1_000_000, 1000), (500, 100_000, 1000)] {
        let data = vec![b'x'; data_bytes];
        let mut group = Group::new();
        for _ in 0..batch {
            let _ = group.push(
                &NewEvent { stream: "chat", kind: "message", data: &data, ..NewEvent::default() },
                false,
            );
        }
        let before = Instant::now();
        for _ in 0..events / batch {
            log.commit(&group.bytes, &group.heads, Durability::Os)?;
        }
        println!("{events} events of {data_bytes} bytes, {batch} a commit: {:?}", before.elapsed());
    }
    let never = AtomicBool::new(false);
    for reverse in [false, false, false, true, true] {
        let before = Instant::now();
        let range = Range { from: 1_000_000, reverse, ..Range::default() };
        let mut cursor = log.cursor(range);
        let (mut events, mut bytes) = (0, 0);
        while let Some(packet) = cursor.next(10_000, 1 << 20, &never)? {
            events += packet.events.len();
            bytes += packet.bytes.len();
        }
        println!("{events} events, {bytes} bytes read, reverse {reverse}: {:?}", before.elapsed());
    }
    for _ in 0..3 {
        let before = Instant::now();
        log.commit(b"x", &[tenon_log::Head { data_bytes: 1, ..Default::default() }], Durability::Disk)?;
        println!("one commit that is synced: {:?}", before.elapsed());
    }
    log.close()?;
    let before = Instant::now();
    let log = Log::open(&directory, &Options::default())?;
    println!("open: {:?}", before.elapsed());
    log.close()?;
    Ok(())
}
