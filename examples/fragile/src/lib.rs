//! Pictures for the service `fragile`, good ones and such as an attacker sends.

/// How one is made: its width and its height, then packets of so many pixels of one colour.
fn picture(width: u16, height: u16, packets: impl IntoIterator<Item = [u8; 4]>) -> Vec<u8> {
    let [w, h] = [width, height].map(u16::to_le_bytes);
    let mut picture = [w, h].concat();
    picture.extend(packets.into_iter().flatten());
    picture
}

/// 100 x 100, half of it (200, 100, 0), half of it (100, 100, 100).
pub fn good() -> Vec<u8> {
    let halves = [[200, 100, 0], [100, 100, 100]];
    let packets = halves.map(|[red, green, blue]| vec![[200, red, green, blue]; 25]);
    picture(100, 100, packets.concat())
}

/// Says that it is large, and writes far beyond the end of a buffer that is too small for that.
pub fn that_overruns() -> Vec<u8> {
    picture(0xffff, 0xffff, vec![[0xff, 1, 2, 3]; 100_000])
}

/// Keeps the decoder busy for ever.
pub fn that_hangs() -> Vec<u8> {
    picture(10, 10, [[0; 4]])
}

/// Is cut short, so that the decoder forgets what it has allocated.
pub fn that_leaks() -> Vec<u8> {
    picture(100, 100, [[1, 1, 1, 1]])
}
