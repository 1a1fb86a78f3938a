//! The name of a codec as the `codecs` parameter of a media type has it (RFC 6381, and the registrations that extend it).

use std::fmt::Write;

use mp4_atom::{Av1c, Avcc, Codec, Hvcc, Mp4a, VpcC};

/// `avc1.64001E`, `mp4a.40.2`, …; the four-character code of a codec without parameters.
pub(super) fn name(codec: &Codec) -> String {
    match codec {
        Codec::Avc1(entry) => avc("avc1", &entry.avcc),
        Codec::Avc3(entry) => avc("avc3", &entry.avcc),
        Codec::Hvc1(entry) => hevc("hvc1", &entry.hvcc),
        Codec::Hev1(entry) => hevc("hev1", &entry.hvcc),
        Codec::Av01(entry) => av1(&entry.av1c),
        Codec::Vp08(entry) => vp("vp08", &entry.vpcc),
        Codec::Vp09(entry) => vp("vp09", &entry.vpcc),
        Codec::Mp4a(entry) => mp4a(entry),
        Codec::Opus(_) => "Opus".into(),
        Codec::Flac(_) => "fLaC".into(),
        Codec::Ac3(_) => "ac-3".into(),
        Codec::Eac3(_) => "ec-3".into(),
        Codec::Mp3(_) => ".mp3".into(),
        Codec::Tx3g(_) => "tx3g".into(),
        Codec::Wvtt(_) => "wvtt".into(),
        Codec::Jpeg(_) => "jpeg".into(),
        Codec::Unknown(code, _) => code.to_string().trim_end().to_owned(),
        // What is left is rare in an MP4 file (raw sound, metadata); it is named by its kind.
        other if other.audio().is_some() => "pcm".into(),
        _ => "unknown".into(),
    }
}

/// How many channels a codec for sound has; none for other codecs.
pub(super) fn channels(codec: &Codec) -> Option<u16> {
    let declared = codec.audio()?.channel_count;
    // Writers of MPEG-4 audio put 2 into the sample entry whatever the truth is, which ISO/IEC 14496-14 tells them to:
    // what counts is the channel configuration (ISO/IEC 14496-3, table 1.19).
    let configured = match codec {
        Codec::Mp4a(entry) => entry.esds.es_desc.dec_config.dec_specific.as_ref(),
        _ => None,
    };
    Some(
        match configured.map(|specific| (specific.profile, specific.chan_conf)) {
            // Parametric stereo is one channel with instructions to make two of it.
            Some((29, 1)) => 2,
            Some((_, channels @ 1..=6)) => u16::from(channels),
            Some((_, 7)) => 8,
            _ => declared,
        },
    )
}

/// RFC 6381, section 3.3: profile, constraints and level in hexadecimal.
fn avc(entry: &str, avcc: &Avcc) -> String {
    format!(
        "{entry}.{:02X}{:02X}{:02X}",
        avcc.avc_profile_indication, avcc.profile_compatibility, avcc.avc_level_indication
    )
}

/// ISO/IEC 14496-15, annex E.3.
fn hevc(entry: &str, hvcc: &Hvcc) -> String {
    let space = match hvcc.general_profile_space {
        1 => "A",
        2 => "B",
        3 => "C",
        _ => "",
    };
    let compatibility = u32::from_be_bytes(hvcc.general_profile_compatibility_flags).reverse_bits();
    let tier = if hvcc.general_tier_flag { 'H' } else { 'L' };
    let mut name = format!(
        "{entry}.{space}{}.{compatibility:X}.{tier}{}",
        hvcc.general_profile_idc, hvcc.general_level_idc
    );
    let constraints = &hvcc.general_constraint_indicator_flags;
    let used = constraints
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        // Writing to a string cannot fail.
        let _ = write!(name, ".{byte:X}");
    }
    name
}

/// AV1 Codec ISO Media File Format Binding, section 5.
fn av1(av1c: &Av1c) -> String {
    let tier = if av1c.seq_tier_0 { 'H' } else { 'M' };
    let depth = match (av1c.high_bitdepth, av1c.twelve_bit) {
        (true, true) => 12,
        (true, false) => 10,
        _ => 8,
    };
    format!("av01.{}.{:02}{tier}.{depth:02}", av1c.seq_profile, av1c.seq_level_idx_0)
}

/// VP Codec ISO Media File Format Binding: profile, level and bit depth.
fn vp(entry: &str, vpcc: &VpcC) -> String {
    format!("{entry}.{:02}.{:02}.{:02}", vpcc.profile, vpcc.level, vpcc.bit_depth)
}

/// RFC 6381, section 3.3: the object type, and for MPEG-4 audio (0x40) the audio object type.
fn mp4a(entry: &Mp4a) -> String {
    let config = &entry.esds.es_desc.dec_config;
    match &config.dec_specific {
        Some(specific) if config.object_type_indication == 0x40 && specific.profile > 0 => {
            format!("mp4a.40.{}", specific.profile)
        }
        _ => format!("mp4a.{:02X}", config.object_type_indication),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of ISO/IEC 14496-15, annex E.3, and of the AV1 binding.
    #[test]
    fn names_are_those_of_the_specifications() {
        let main = Hvcc {
            general_profile_idc: 1,
            general_profile_compatibility_flags: [0x60, 0, 0, 0],
            general_level_idc: 93,
            general_constraint_indicator_flags: [0xb0, 0, 0, 0, 0, 0],
            ..Hvcc::new()
        };
        assert_eq!(hevc("hev1", &main), "hev1.1.6.L93.B0");
        let main10 = Av1c {
            seq_profile: 0,
            seq_level_idx_0: 4,
            seq_tier_0: false,
            high_bitdepth: true,
            twelve_bit: false,
            monochrome: false,
            chroma_subsampling_x: true,
            chroma_subsampling_y: true,
            chroma_sample_position: 0,
            initial_presentation_delay: None,
            config_obus: Vec::new(),
        };
        assert_eq!(av1(&main10), "av01.0.04M.10");
        assert_eq!(
            vp(
                "vp09",
                &VpcC {
                    level: 10,
                    ..VpcC::default()
                }
            ),
            "vp09.00.10.08"
        );
    }
}
