use comfy_table::{ContentArrangement, presets};

use crate::width::visible;

/// Between two columns.
const GAP: u16 = 2;

/// Records in columns, for people; or one a line, for programs.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(heads: Vec<String>) -> Self {
        Self {
            heads,
            rows: Vec::new(),
        }
    }

    /// Adds a record. It has as many cells as there are headings.
    pub fn push(&mut self, cells: &[String]) {
        let cells = cells.iter().map(|cell| visible(cell).into_owned());
        self.rows.push(cells.collect());
    }

    /// As text: columns that align, or, where a terminal of `width` columns is too narrow, one line
    /// a cell.
    pub fn text(&self, width: Option<usize>) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(&self.heads)
            .add_rows(&self.rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        let widths = table.column_max_content_widths();
        let gaps = usize::from(GAP) * widths.len().saturating_sub(1);
        let needed = widths.iter().copied().map(usize::from).sum::<usize>() + gaps;
        if width.is_some_and(|width| needed > width) {
            return self.stacked();
        }
        table.trim_fmt() + "\n"
    }

    /// One record a line, separated by tabs, without headings.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            text.push_str(&row.join("\t"));
            text.push('\n');
        }
        text
    }

    /// The library would break words inside their columns; an ID or a name is copied from here.
    fn stacked(&self) -> String {
        let mut records = Vec::new();
        for row in &self.rows {
            let lines = self.heads.iter().zip(row);
            let lines = lines.map(|(head, cell)| format!("{head}: {cell}\n"));
            records.push(lines.collect::<String>());
        }
        records.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(vec![
            "利用者ID".to_owned(),
            "利用者名".to_owned(),
            "X".to_owned(),
        ]);
        table.push(&["admin01".to_owned(), "山田 太郎".to_owned(), "a".to_owned()]);
        table.push(&["u".to_owned(), "Bob\t".to_owned(), "b".to_owned()]);
        table
    }

    #[test]
    fn columns_align_whatever_the_script() {
        assert_eq!(
            table().text(None),
            "利用者ID  利用者名   X\nadmin01   山田 太郎  a\nu         Bob\\t      b\n"
        );
    }

    #[test]
    fn a_narrow_terminal_gets_one_line_a_cell() {
        let text = table().text(Some(20));
        assert!(text.starts_with("利用者ID: admin01\n利用者名: 山田 太郎\nX: a\n\n利用者ID: u\n"));
    }

    #[test]
    fn programs_get_tabs_and_nothing_else() {
        assert_eq!(table().plain(), "admin01\t山田 太郎\ta\nu\tBob\\t\tb\n");
    }
}
