//! From true colour to a palette: the design's colours exactly, the rest by splitting the widest spread until it is small.

/// An RGB colour as 0x00RRGGBB.
pub(super) type Colour = u32;

/// A palette holds no more than a byte can name.
const LARGEST: usize = 256;
/// Up to this many distinct colours are told apart; beyond it (photographic emoji) the low bits go first.
const DISTINCT: usize = 1 << 13;
/// Twice the coarsest histogram, five bits a channel, so that probing stays short.
const SLOTS: usize = 1 << 16;
const MASKS: [Colour; 3] = [0xFF_FF_FF, 0xFC_FC_FC, 0xF8_F8_F8];
const EMPTY: Colour = Colour::MAX;

/// How close a palette must come: it grows until the mean squared error of an inked pixel's channel is below this, so that plain text
/// takes few colours and emoji many.
const ERROR: f64 = 12.0;
const SMALLEST: usize = 64;

#[derive(Clone, Copy)]
struct Slot {
    colour: Colour,
    count: u32,
    index: u8,
}

/// A palette, and which of its entries each colour of the drawing takes. Kept between drawings for its memory.
pub(super) struct Palette {
    slots: Vec<Slot>,
    mask: Colour,
    /// Where `slots` is filled.
    filled: Vec<usize>,
    colours: Vec<Colour>,
}

impl Palette {
    pub(super) fn new() -> Palette {
        let slot = Slot { colour: EMPTY, count: 0, index: 0 };
        Palette { slots: vec![slot; SLOTS], mask: MASKS[0], filled: Vec::new(), colours: Vec::new() }
    }

    /// The palette's colours, the pinned ones first.
    pub(super) fn colours(&self) -> &[Colour] {
        &self.colours
    }

    /// The entry for a colour of the drawing last fitted.
    pub(super) fn index(&self, colour: Colour) -> u8 {
        self.slots[self.find(colour)].index
    }

    /// Fits the palette to a drawing, given as runs of one colour.
    pub(super) fn fit(&mut self, pinned: &[Colour], runs: &[(Colour, u32)]) {
        for mask in MASKS {
            self.clear(mask, pinned);
            if self.count(runs, mask != MASKS[MASKS.len() - 1]) {
                break;
            }
        }
        self.choose();
    }

    fn clear(&mut self, mask: Colour, pinned: &[Colour]) {
        for &slot in &self.filled {
            self.slots[slot].colour = EMPTY;
        }
        self.filled.clear();
        self.colours.clear();
        self.mask = mask;
        for &colour in pinned {
            if !self.colours.contains(&colour) {
                // Exact, not masked: `find` looks for the exact colour first.
                let slot = self.probe(colour);
                self.slots[slot] = Slot { colour, count: 0, index: self.colours.len() as u8 };
                self.filled.push(slot);
                self.colours.push(colour);
            }
        }
    }

    /// Counts every colour; false when there are too many to tell apart.
    fn count(&mut self, runs: &[(Colour, u32)], limited: bool) -> bool {
        for &(colour, length) in runs {
            let slot = self.find(colour);
            if self.slots[slot].colour == EMPTY {
                if limited && self.filled.len() == DISTINCT {
                    return false;
                }
                self.slots[slot] = Slot { colour: self.coarse(colour), count: 0, index: 0 };
                self.filled.push(slot);
            }
            self.slots[slot].count += length;
        }
        true
    }

    /// The middle of the range that the mask folds together.
    fn coarse(&self, colour: Colour) -> Colour {
        let step = !self.mask & 0xFF_FF_FF;
        (colour & self.mask) | ((step + 0x01_01_01) >> 1 & step)
    }

    fn find(&self, colour: Colour) -> usize {
        if self.mask != MASKS[0] {
            let exact = self.probe(colour);
            if self.slots[exact].colour == colour {
                return exact;
            }
        }
        self.probe(self.coarse(colour))
    }

    /// Where `colour` is, or would go.
    fn probe(&self, colour: Colour) -> usize {
        let mut slot = (colour.wrapping_mul(0x9E37_79B1) >> 16) as usize;
        while self.slots[slot].colour != colour && self.slots[slot].colour != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }

    /// Splits the bucket of the largest error until the error is small or the palette full.
    fn choose(&mut self) {
        let pinned = self.colours.len();
        let mut samples: Vec<Sample> = self.filled[pinned..].iter().map(|&slot| Sample::new(slot, &self.slots[slot])).collect();
        if samples.is_empty() {
            return;
        }
        let inked: f64 = samples.iter().map(|sample| sample.weight).sum();
        let mut buckets = vec![Bucket::new(0, &samples)];
        loop {
            let error: f64 = buckets.iter().map(|bucket| bucket.error).sum();
            let size = pinned + buckets.len();
            if size == LARGEST || (size >= SMALLEST && error <= ERROR * 3.0 * inked) {
                break;
            }
            let Some(worst) = (0..buckets.len()).max_by(|&a, &b| buckets[a].error.total_cmp(&buckets[b].error)) else { break };
            if buckets[worst].error < 1.0 {
                break;
            }
            let Bucket { start, end, axis, mean, .. } = buckets[worst];
            let middle = start + partition(&mut samples[start..end], axis, mean[axis]);
            buckets[worst] = Bucket::new(start, &samples[start..middle]);
            buckets.push(Bucket::new(middle, &samples[middle..end]));
        }
        for bucket in &buckets {
            for sample in &samples[bucket.start..bucket.end] {
                self.slots[sample.slot].index = self.colours.len() as u8;
            }
            self.colours.push(bucket.colour());
        }
    }
}

/// A colour that is to be approximated, and how many pixels have it.
#[derive(Clone, Copy)]
struct Sample {
    channels: [f64; 3],
    weight: f64,
    slot: usize,
}

impl Sample {
    fn new(slot: usize, Slot { colour, count, .. }: &Slot) -> Sample {
        let [_, red, green, blue] = colour.to_be_bytes();
        Sample { channels: [red, green, blue].map(f64::from), weight: f64::from(*count), slot }
    }
}

/// Neighbouring samples that share a palette entry: their mean.
struct Bucket {
    start: usize,
    end: usize,
    mean: [f64; 3],
    /// Sum of squared distances from the mean, over all pixels and channels.
    error: f64,
    /// The channel that spreads furthest.
    axis: usize,
}

impl Bucket {
    fn new(start: usize, samples: &[Sample]) -> Bucket {
        let (mut weight, mut sum, mut squares) = (0.0, [0.0; 3], [0.0; 3]);
        for sample in samples {
            weight += sample.weight;
            for axis in 0..3 {
                let weighted = sample.weight * sample.channels[axis];
                sum[axis] += weighted;
                squares[axis] += weighted * sample.channels[axis];
            }
        }
        // All of these are integers far below 2^53, so the difference is exact but for the last division.
        let mean = sum.map(|sum| sum / weight);
        let spread = [0, 1, 2].map(|axis| (squares[axis] - sum[axis] * mean[axis]).max(0.0));
        let axis = if spread[0] >= spread[1] && spread[0] >= spread[2] { 0 } else { 1 + usize::from(spread[2] > spread[1]) };
        Bucket { start, end: start + samples.len(), mean, error: spread.iter().sum(), axis }
    }

    fn colour(&self) -> Colour {
        let [red, green, blue] = self.mean.map(|channel| channel.round() as u8);
        Colour::from_be_bytes([0, red, green, blue])
    }
}

/// Moves what lies at or below `pivot` to the front, and says how many those are.
fn partition(samples: &mut [Sample], axis: usize, pivot: f64) -> usize {
    let mut low = 0;
    for next in 0..samples.len() {
        if samples[next].channels[axis] <= pivot {
            samples.swap(low, next);
            low += 1;
        }
    }
    low
}
