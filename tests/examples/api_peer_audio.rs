//! Alice calls Bob in one process. Signalling goes over the one bus, G.711 audio over RTP on loopback, both ways; the
//! program checks that what was sent is what was heard, within the codec's error, and fails otherwise.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use coordinator_shim::events::coordinator::{CrossCrateEventHandler, legacy_calls};
use coordinator_shim::events::cross_crate::{CrossCrateEvent, EventTypeId};
use coordinator_shim::events::global_coordinator;
use coordinator_shim::events::types::EventPriority;
use coordinator_shim::planes::PlaneType;
use rvoip_media_core::codec::audio::G711Codec;
use rvoip_rtp_core::{RtpSession, RtpSessionConfig, RtpSessionEvent};
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout;

const SAMPLE_RATE: u32 = 8_000;
const FRAME: usize = 160; // 20 ms
const FRAMES: usize = 25;
const PCMU: u8 = 0;
/// G.711 keeps 13 of 16 bits at the loudest: the coarsest step of the µ-law is 1,024, half of it the largest error.
const CODEC_ERROR: i32 = 512;
const PATIENCE: Duration = Duration::from_secs(10);

/// What the peers tell each other.
#[derive(Debug, Clone)]
enum Signal {
    Invite { audio: SocketAddr },
    Answer { audio: SocketAddr },
    Bye,
}

/// A signal to one peer, as an event of the bus.
#[derive(Debug, Clone)]
struct ToPeer {
    peer: EventTypeId,
    signal: Signal,
}

impl CrossCrateEvent for ToPeer {
    fn event_type(&self) -> EventTypeId {
        self.peer
    }
    fn source_plane(&self) -> PlaneType {
        PlaneType::Signaling
    }
    fn target_plane(&self) -> PlaneType {
        PlaneType::Media
    }
    fn priority(&self) -> EventPriority {
        EventPriority::High
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Hands what the bus has for a peer to the peer's task.
struct Inbox(mpsc::UnboundedSender<Signal>);

#[async_trait]
impl CrossCrateEventHandler for Inbox {
    async fn handle(&self, event: Arc<dyn CrossCrateEvent>) -> Result<()> {
        let to_peer = event
            .as_any()
            .downcast_ref::<ToPeer>()
            .context("not a signal")?;
        self.0
            .send(to_peer.signal.clone())
            .context("the peer has left")
    }
}

struct Peer {
    name: EventTypeId,
    other: EventTypeId,
    tone: f64,
    inbox: mpsc::UnboundedReceiver<Signal>,
    audio: RtpSession,
    packets: broadcast::Receiver<RtpSessionEvent>,
}

impl Peer {
    async fn new(name: EventTypeId, other: EventTypeId, tone: f64) -> Result<Self> {
        let (sender, inbox) = mpsc::unbounded_channel();
        global_coordinator()
            .await
            .register_handler(name, Inbox(sender))
            .await?;
        let audio = RtpSession::new(RtpSessionConfig {
            local_addr: "127.0.0.1:0".parse()?,
            payload_type: PCMU,
            clock_rate: SAMPLE_RATE,
            enable_jitter_buffer: false,
            ..RtpSessionConfig::default()
        })
        .await?;
        // the other peer may talk before this one has heard that it may
        let packets = audio.subscribe();
        Ok(Self {
            name,
            other,
            tone,
            inbox,
            audio,
            packets,
        })
    }

    async fn tell(&self, signal: Signal) -> Result<()> {
        let event = ToPeer {
            peer: self.other,
            signal,
        };
        global_coordinator().await.publish(Arc::new(event)).await
    }

    async fn hear(&mut self) -> Result<Signal> {
        timeout(PATIENCE, self.inbox.recv())
            .await?
            .context("nobody is there")
    }

    /// Sends its own tone and records what comes in, frame by frame.
    async fn talk(&mut self, remote: SocketAddr) -> Result<Vec<i16>> {
        self.audio.set_remote_addr(remote).await;
        let mut codec = G711Codec::mu_law(SAMPLE_RATE, 1)?;
        let mut heard = vec![0i16; FRAMES * FRAME];
        let mut received = 0;
        for frame in 0..FRAMES {
            let samples = &tone(self.tone)[frame * FRAME..(frame + 1) * FRAME];
            let mut payload = vec![0u8; FRAME];
            codec.encode_to_buffer(samples, &mut payload)?;
            let timestamp = u32::try_from(frame * FRAME)?;
            self.audio
                .send_packet(timestamp, payload.into(), frame == 0)
                .await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        while received < FRAMES {
            if let RtpSessionEvent::PacketReceived(packet) =
                timeout(PATIENCE, self.packets.recv()).await??
            {
                let at = packet.header.timestamp as usize;
                ensure!(
                    at + FRAME <= heard.len() && packet.payload.len() == FRAME,
                    "a packet of another stream"
                );
                codec.decode_to_buffer(&packet.payload, &mut heard[at..at + FRAME])?;
                received += 1;
            }
        }
        Ok(heard)
    }
}

/// What a peer says: a tone.
fn tone(frequency: f64) -> Vec<i16> {
    (0..FRAMES * FRAME)
        .map(|n| {
            let phase = f64::from(u32::try_from(n).unwrap_or_default()) * frequency
                / f64::from(SAMPLE_RATE);
            #[allow(clippy::cast_possible_truncation)] // the amplitude fits
            let sample = ((phase * std::f64::consts::TAU).sin() * 12_000.0) as i16;
            sample
        })
        .collect()
}

fn check(listener: &str, said: &[i16], heard: &[i16]) -> Result<i32> {
    let errors = said
        .iter()
        .zip(heard)
        .map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs());
    let worst = errors.max().unwrap_or(i32::MAX);
    ensure!(
        worst <= CODEC_ERROR,
        "{listener} heard something else: an error of {worst}"
    );
    Ok(worst)
}

async fn alice(mut peer: Peer) -> Result<Vec<i16>> {
    peer.tell(Signal::Invite {
        audio: peer.audio.local_addr()?,
    })
    .await?;
    let Signal::Answer { audio } = peer.hear().await? else {
        anyhow::bail!("{} expected an answer", peer.name);
    };
    let heard = peer.talk(audio).await?;
    peer.tell(Signal::Bye).await?;
    Ok(heard)
}

async fn bob(mut peer: Peer) -> Result<Vec<i16>> {
    let Signal::Invite { audio } = peer.hear().await? else {
        anyhow::bail!("{} expected a call", peer.name);
    };
    peer.tell(Signal::Answer {
        audio: peer.audio.local_addr()?,
    })
    .await?;
    let heard = peer.talk(audio).await?;
    let Signal::Bye = peer.hear().await? else {
        anyhow::bail!("{} expected the end", peer.name);
    };
    Ok(heard)
}

#[tokio::main]
async fn main() -> Result<()> {
    let (low, high) = (440.0, 660.0);
    let alice_peer = Peer::new("to_alice", "to_bob", low).await?;
    let bob_peer = Peer::new("to_bob", "to_alice", high).await?;
    let (alice_task, bob_task) = (tokio::spawn(alice(alice_peer)), tokio::spawn(bob(bob_peer)));
    let (alice_heard, bob_heard) = (alice_task.await??, bob_task.await??);
    let at_alice = check("alice", &tone(high), &alice_heard)?;
    let at_bob = check("bob", &tone(low), &bob_heard)?;
    ensure!(
        legacy_calls().is_empty(),
        "somebody constructed a coordinator"
    );
    println!(
        "alice heard bob within {at_alice}, bob heard alice within {at_bob} (of {CODEC_ERROR}), {FRAMES} frames each"
    );
    Ok(())
}
