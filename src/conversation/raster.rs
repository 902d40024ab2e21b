//! Raster pictures, told by their bytes and never by a name: which of the five kinds that pages show, and how large.

/// A picture that is served as one and shown. SVG is none: it is a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Raster {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    WebP,
    /// GIF, moving or not.
    Gif,
    /// AV1 in HEIF.
    Avif,
}

/// A side may be this long and the whole this large; beyond, a reader's browser would pay for what few bytes claim.
const SIDE: usize = 32_768;
const PIXELS: usize = 100_000_000;

impl Raster {
    const ALL: [Raster; 5] = [Raster::Png, Raster::Jpeg, Raster::WebP, Raster::Gif, Raster::Avif];

    /// The media type it is served as.
    pub fn media_type(self) -> &'static str {
        match self {
            Raster::Png => "image/png",
            Raster::Jpeg => "image/jpeg",
            Raster::WebP => "image/webp",
            Raster::Gif => "image/gif",
            Raster::Avif => "image/avif",
        }
    }

    /// What its file's name ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Raster::Png => "png",
            Raster::Jpeg => "jpg",
            Raster::WebP => "webp",
            Raster::Gif => "gif",
            Raster::Avif => "avif",
        }
    }

    /// A name to save it under that ends as its kind does: a picture may be a page to whoever goes by its name.
    pub fn named(self, name: &str) -> String {
        let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let fits = |ending: &str| ending == self.extension() || (self == Raster::Jpeg && matches!(ending, "jpeg" | "jpe" | "jfif"));
        match ending(name) {
            Some(ending) if fits(&ending) => name.to_owned(),
            // What stands behind the last full stop of a sentence is no ending.
            Some(ending) if ending.len() <= 5 && ending.chars().all(|c| c.is_ascii_alphanumeric()) => {
                format!("{}.{}", &name[..name.len() - ending.len() - 1], self.extension())
            }
            _ => format!("{name}.{}", self.extension()),
        }
    }

    /// The inverse of [`Raster::media_type`].
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|raster| raster.media_type() == media_type)
    }

    fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Raster::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Raster::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Raster::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Raster::WebP),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] if is_avif(bytes) => Some(Raster::Avif),
            _ => None,
        }
    }
}

/// Whether one of the brands in the first box is AVIF's. Its major brand may be a general one.
fn is_avif(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = bytes.get(8..length.min(256)).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| matches!(brand, b"avif" | b"avis"))
}

/// The kind of a picture and its width and height in pixels, as a browser shows it; `None` for all that is to be served as a file.
pub fn read(bytes: &[u8]) -> Option<(Raster, u32, u32)> {
    let raster = Raster::sniff(bytes)?;
    let size = imagesize::blob_size(bytes).ok()?;
    let sane = (1..=SIDE).contains(&size.width) && (1..=SIDE).contains(&size.height) && size.width * size.height <= PIXELS;
    let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
    let lies = raster == Raster::Jpeg && is_on_its_side(bytes);
    sane.then_some(if lies { (raster, height, width) } else { (raster, width, height) })
}

/// Whether a camera was held upright: the Exif orientation, which browsers obey, turns the picture by a quarter.
fn is_on_its_side(jpeg: &[u8]) -> bool {
    orientation(jpeg).is_some_and(|orientation| (5..=8).contains(&orientation))
}

fn orientation(jpeg: &[u8]) -> Option<u16> {
    let mut rest = jpeg.get(2..)?;
    // Segments before the picture's own data; a camera writes a dozen.
    for _ in 0..64 {
        let [0xff, marker, high, low, ..] = *rest else { return None };
        let segment = rest.get(4..2 + usize::from(u16::from_be_bytes([high, low])))?;
        match (marker, segment.strip_prefix(b"Exif\0\0")) {
            (0xe1, Some(tiff)) => return tiff_orientation(tiff),
            (0xda, _) => return None,
            _ => rest = &rest[4 + segment.len()..],
        }
    }
    None
}

/// Tag 0x0112 of the first directory (Exif 2.3, section 4.6.4).
fn tiff_orientation(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..)?.first_chunk()?;
        Some(if little { u16::from_le_bytes(*bytes) } else { u16::from_be_bytes(*bytes) })
    };
    let bytes = tiff.get(4..)?.first_chunk()?;
    let directory = if little { u32::from_le_bytes(*bytes) } else { u32::from_be_bytes(*bytes) } as usize;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries.min(256)).map(|entry| directory + 2 + entry * 12).find(|at| short(*at) == Some(0x0112))?;
    short(entry + 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_saved_under_its_own_kind() {
        for (name, saved) in [
            ("x.html", "x.gif"),
            ("a.b.SVG", "a.b.gif"),
            ("x.GIF", "x.GIF"),
            ("holiday", "holiday.gif"),
            ("no. of the beast", "no. of the beast.gif"),
            (".html", ".gif"),
            ("x.xhtml", "x.gif"),
            ("x.", "x.gif"),
        ] {
            assert_eq!(Raster::Gif.named(name), saved);
        }
        assert_eq!((Raster::Jpeg.named("a.jpeg"), Raster::Png.named("a.jpeg")), ("a.jpeg".to_owned(), "a.png".to_owned()));
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &sides, b"\x08\x02\0\0\0"].concat()
    }

    /// A JPEG's head, with an Exif orientation of either byte order before its sides.
    fn jpeg(width: u16, height: u16, exif: Option<(u8, bool)>) -> Vec<u8> {
        let mut bytes = b"\xff\xd8".to_vec();
        if let Some((orientation, little)) = exif {
            let tiff: &[u8] = if little {
                &[b'I', b'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
            } else {
                &[b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
            };
            bytes.extend([0xff, 0xe1, 0, (8 + tiff.len()) as u8]);
            bytes.extend([b"Exif\0\0", tiff].concat());
        }
        bytes.extend([0xff, 0xc0, 0, 17, 8]);
        bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
        bytes.extend([0; 20]);
        bytes
    }

    fn avif(brand: &[u8; 4]) -> Vec<u8> {
        let boxed = |name: &[u8; 4], inside: &[u8]| [&(8 + inside.len() as u32).to_be_bytes(), name, inside].concat();
        let sides = [[0; 4], 30_u32.to_be_bytes(), 20_u32.to_be_bytes()].concat();
        let properties = boxed(b"iprp", &boxed(b"ipco", &boxed(b"ispe", &sides)));
        let brands = [b"mif1".as_slice(), &[0; 4], b"mif1", brand].concat();
        [boxed(b"ftyp", &brands), boxed(b"meta", &[&[0; 4], properties.as_slice()].concat()), boxed(b"mdat", b"")].concat()
    }

    #[test]
    fn five_kinds_by_their_bytes() {
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0\x2f\x1d\xc0\x04\0\x07\x10\xfd\x8f\xfe\x07\x22\xa2\xff\x01";
        for (bytes, expected) in [
            (png(30, 20), (Raster::Png, 30, 20)),
            (jpeg(30, 20, None), (Raster::Jpeg, 30, 20)),
            (b"GIF89a\x1e\0\x14\0\0\0\0;".to_vec(), (Raster::Gif, 30, 20)),
            (webp.to_vec(), (Raster::WebP, 30, 20)),
            (avif(b"avif"), (Raster::Avif, 30, 20)),
        ] {
            assert_eq!(read(&bytes), Some(expected));
            assert_eq!(Raster::of_media_type(expected.0.media_type()), Some(expected.0));
        }
    }

    #[test]
    fn what_is_none_of_them_is_a_file() {
        for bytes in [
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
            b"<?xml version=\"1.0\"?><svg/>".to_vec(),
            b"<!doctype html><script>alert(1)</script>".to_vec(),
            b"BM\x3a\0\0\0".to_vec(),
            b"II*\0\x08\0\0\0".to_vec(),
            b"\x89PNG\r\n\x1a\n".to_vec(),
            avif(b"heic"),
            png(0, 20),
            png(40_000, 1),
            png(20_000, 20_000),
            Vec::new(),
        ] {
            assert_eq!(read(&bytes), None, "{:?}", String::from_utf8_lossy(&bytes));
        }
        // Nothing that a picture may begin with makes the readers fail otherwise than by saying so.
        for whole in [png(3, 2), jpeg(3, 2, Some((6, true))), avif(b"avif"), b"GIF89a\x03\0\x02\0".to_vec()] {
            for length in 0..whole.len() {
                read(&whole[..length]);
                read(&[&whole[..length], &[0xff; 40]].concat());
            }
        }
    }

    #[test]
    fn a_photo_taken_upright_is_as_high_as_it_shows() {
        for little in [true, false] {
            assert_eq!(read(&jpeg(30, 20, Some((6, little)))), Some((Raster::Jpeg, 20, 30)));
            assert_eq!(read(&jpeg(30, 20, Some((3, little)))), Some((Raster::Jpeg, 30, 20)));
        }
    }
}
