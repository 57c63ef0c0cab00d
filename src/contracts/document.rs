//! A contract's document in blocks. Blank lines part them; a line that begins with `# ` is a heading,
//! one that begins with `- ` an item of a list.

/// A block of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block<'a> {
    Heading(&'a str),
    Item(&'a str),
    Paragraph(&'a str),
}

/// The blocks of a document, in order.
pub fn blocks(document: &str) -> Vec<Block<'_>> {
    let parts = document.split("\n\n").flat_map(|part| {
        let marked = part.lines().all(|line| line.starts_with("- ") || line.starts_with("# "));
        // A list or headings are a block a line; of anything else the lines belong together.
        if marked { part.lines().collect() } else { vec![part.trim()] }
    });
    parts
        .filter(|part| !part.is_empty())
        .map(|part| {
            if let Some(heading) = part.strip_prefix("# ") {
                Block::Heading(heading)
            } else if let Some(item) = part.strip_prefix("- ") {
                Block::Item(item)
            } else {
                Block::Paragraph(part)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_headings_items_and_paragraphs() {
        let document = "# Title\n\nOne\ntwo.\n\n- a\n- b\n\n\n\nThree.\n";
        assert_eq!(
            blocks(document),
            [
                Block::Heading("Title"),
                Block::Paragraph("One\ntwo."),
                Block::Item("a"),
                Block::Item("b"),
                Block::Paragraph("Three."),
            ]
        );
    }
}
