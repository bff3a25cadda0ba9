//! Edits upon edits: what takes a text to a second one, and that to a third, as edits of the first.

use ra_ap_syntax::{TextRange, TextSize};

use super::edit::Edit;

/// A piece of the second text: a range of the first, or new text with the place that it stands at.
enum Piece {
    Old(usize, usize),
    New(usize, String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Old(a, b) => b - a,
            Piece::New(_, text) => text.len(),
        }
    }
}

fn pieces(len: usize, edits: &[Edit]) -> Vec<Piece> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.range.start(), e.range.end()));
    let mut out = Vec::new();
    let mut at = 0;
    for edit in sorted {
        let (start, end) = (edit.range.start().into(), edit.range.end().into());
        if at < start {
            out.push(Piece::Old(at, start));
        }
        if !edit.insert.is_empty() {
            out.push(Piece::New(start, edit.insert.clone()));
        }
        at = end;
    }
    if at < len {
        out.push(Piece::Old(at, len));
    }
    out
}

/// Where a place of the second text was in the first.
pub(crate) fn origin(len: usize, edits: &[Edit], at: TextSize) -> TextSize {
    let mut rest = usize::from(at);
    let mut last = 0;
    for piece in pieces(len, edits) {
        if rest < piece.len() {
            let found = match piece {
                Piece::Old(a, _) => a + rest,
                Piece::New(a, _) => a,
            };
            return TextSize::try_from(found).unwrap_or_default();
        }
        rest -= piece.len();
        last = match piece {
            Piece::Old(_, b) => b,
            Piece::New(a, _) => a,
        };
    }
    TextSize::try_from(last).unwrap_or_default()
}

/// One list of edits for both steps. `len`: of the first text.
pub(crate) fn compose(len: usize, first: &[Edit], second: &[Edit]) -> Vec<Edit> {
    let mut sorted: Vec<&Edit> = second.iter().collect();
    sorted.sort_by_key(|e| (e.range.start(), e.range.end()));
    let mut out: Vec<Piece> = Vec::new();
    let mut rest = pieces(len, first).into_iter();
    let mut current = rest.next();
    let mut at = 0;
    // moves pieces up to `to` of the second text, keeping or dropping them
    let mut advance = |to: usize, keep: bool, out: &mut Vec<Piece>, at: &mut usize| {
        while *at < to {
            let Some(piece) = current.take() else { return };
            let take = piece.len().min(to - *at);
            *at += take;
            let (head, tail) = match piece {
                Piece::Old(a, b) => (Piece::Old(a, a + take), Piece::Old(a + take, b)),
                Piece::New(a, text) => (
                    Piece::New(a, text[..take].to_owned()),
                    Piece::New(a, text[take..].to_owned()),
                ),
            };
            if keep {
                out.push(head);
            }
            current = if tail.len() > 0 {
                Some(tail)
            } else {
                rest.next()
            };
        }
    };
    for edit in sorted {
        advance(edit.range.start().into(), true, &mut out, &mut at);
        if !edit.insert.is_empty() {
            out.push(Piece::New(0, edit.insert.clone()));
        }
        advance(edit.range.end().into(), false, &mut out, &mut at);
    }
    advance(usize::MAX, true, &mut out, &mut at);
    // what lies between two old pieces is an edit
    let mut edits = Vec::new();
    let (mut done, mut text) = (0, String::new());
    let mut flush = |from: usize, to: usize, text: &mut String| {
        if from < to || !text.is_empty() {
            let range = TextRange::new(
                TextSize::try_from(from).unwrap_or_default(),
                TextSize::try_from(to).unwrap_or_default(),
            );
            edits.push(Edit::replace(range, std::mem::take(text)));
        }
    };
    for piece in out {
        match piece {
            Piece::Old(a, b) => {
                flush(done, a, &mut text);
                done = b;
            }
            Piece::New(_, new) => text.push_str(&new),
        }
    }
    flush(done, len, &mut text);
    edits
}
