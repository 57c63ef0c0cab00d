//! The server's source as a graph of modules: what each file declares, and which paths it names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{
    Attribute, File, ImplItemFn, Item, ItemFn, ItemMod, ItemUse, Meta, UseTree, Visibility,
    spanned::Spanned,
    visit::{self, Visit},
};

/// One file of `src/`, without its tests.
pub struct SourceFile {
    /// `src/stock/rules.rs`
    pub name: String,
    /// `stock`
    pub slice: String,
    /// Its module: `["stock", "rules"]`; a `mod.rs` is its folder.
    pub module: Vec<String>,
    pub text: String,
    /// Every path it names, made absolute: `["crate", "stock", "rules", "decide"]`. Without what it
    /// re-exports.
    pub paths: Vec<Vec<String>>,
    /// What it re-exports: the name, and the absolute path it stands for.
    pub reexports: Vec<(String, Vec<String>)>,
    pub public_modules: Vec<String>,
    /// Structs, enums, traits and type aliases.
    pub types: Vec<String>,
    /// Functions with their lines.
    pub functions: Vec<(String, usize)>,
    /// The string literals of each macro call or expression, joined.
    pub strings: Vec<String>,
}

impl SourceFile {
    pub fn is_slice_root(&self) -> bool {
        self.module.len() == 1
    }
}

/// Every Rust file below a folder, with its path from the project's root.
pub fn rust_files(folder: &Path) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(super::root()).unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The files of the library's slices and composition roots.
pub fn sources() -> Vec<SourceFile> {
    rust_files(&super::root().join("src"))
        .into_iter()
        .filter(|(name, _)| !name.starts_with("src/bin/") && name.as_str() != "src/main.rs")
        .map(|(name, text)| read(name, text))
        .collect()
}

fn read(name: String, text: String) -> SourceFile {
    let mut module: Vec<String> = name
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    let slice = module.first().cloned().unwrap_or_else(|| "lib".to_owned());
    let parsed: File = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut reader = Reader { module: module.clone(), ..Reader::default() };
    reader.visit_file(&parsed);
    SourceFile {
        name,
        slice,
        module,
        text,
        paths: reader.paths,
        reexports: reader.reexports,
        public_modules: reader.public_modules,
        types: reader.types,
        functions: reader.functions,
        strings: reader.strings,
    }
}

#[derive(Default)]
struct Reader {
    module: Vec<String>,
    paths: Vec<Vec<String>>,
    reexports: Vec<(String, Vec<String>)>,
    public_modules: Vec<String>,
    types: Vec<String>,
    functions: Vec<(String, usize)>,
    strings: Vec<String>,
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// From its signature to its end, without its doc comment.
fn lines(signature: &syn::Signature, block: &syn::Block) -> usize {
    block.span().end().line - signature.span().start().line + 1
}

impl Reader {
    /// The path from the crate's root; None for one that begins elsewhere.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut from: Vec<String> = vec!["crate".to_owned()];
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => rest = &path[1..],
            "self" | "super" => {
                from.extend(self.module.iter().cloned());
                while let Some(first) = rest.first() {
                    match first.as_str() {
                        "self" => {}
                        "super" => drop(from.pop()),
                        _ => break,
                    }
                    rest = &rest[1..];
                }
            }
            _ => return None,
        }
        from.extend(rest.iter().cloned());
        Some(from)
    }

    /// A path that begins with a name: of a child of this module, or of another crate, which then
    /// leads nowhere.
    fn child(&self, path: &[String]) -> Vec<String> {
        let mut child = vec!["crate".to_owned()];
        child.extend(self.module.iter().chain(path).cloned());
        child
    }

    /// The full paths of a use, each with the name it has here.
    fn flatten(tree: &UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                Self::flatten(&inner.tree, &path, found);
            }
            UseTree::Group(group) => {
                for inner in &group.items {
                    Self::flatten(inner, before, found);
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                found.push((path.last().cloned().unwrap_or_default(), path));
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                found.push((name.ident.to_string(), path));
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                found.push((rename.rename.to_string(), path));
            }
            UseTree::Glob(_) => found.push(("*".to_owned(), path)),
        }
    }

    fn literals(&mut self, tokens: proc_macro2::TokenStream) {
        fn walk(tokens: proc_macro2::TokenStream, into: &mut String) {
            for token in tokens {
                match token {
                    proc_macro2::TokenTree::Group(group) => walk(group.stream(), into),
                    proc_macro2::TokenTree::Literal(literal) => {
                        if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                            into.push_str(&text.value());
                            into.push(' ');
                        }
                    }
                    _ => {}
                }
            }
        }
        let mut joined = String::new();
        walk(tokens, &mut joined);
        self.strings.push(joined);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Struct(it) => self.types.push(it.ident.to_string()),
            Item::Enum(it) => self.types.push(it.ident.to_string()),
            Item::Trait(it) => self.types.push(it.ident.to_string()),
            Item::Type(it) => self.types.push(it.ident.to_string()),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        if item.content.is_none() && matches!(item.vis, Visibility::Public(_)) {
            self.public_modules.push(item.ident.to_string());
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut found = vec![];
        Self::flatten(&item.tree, &[], &mut found);
        for (name, path) in found {
            let path = self.absolute(&path).unwrap_or_else(|| self.child(&path));
            if matches!(item.vis, Visibility::Inherited) {
                self.paths.push(path);
            } else {
                self.reexports.push((name, path));
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if names.len() > 1 {
            self.paths.push(self.absolute(&names).unwrap_or_else(|| self.child(&names)));
        }
        visit::visit_path(self, path);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.functions.push((item.sig.ident.to_string(), lines(&item.sig, &item.block)));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.functions.push((item.sig.ident.to_string(), lines(&item.sig, &item.block)));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.literals(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.strings.push(literal.value());
    }
}

/// The import circles among the files of one slice, each as the files on it.
pub fn circles(files: &[&SourceFile]) -> Vec<Vec<String>> {
    let by_module: BTreeMap<&[String], usize> =
        files.iter().enumerate().map(|(nth, file)| (file.module.as_slice(), nth)).collect();
    let edges: Vec<BTreeSet<usize>> = files
        .iter()
        .enumerate()
        .map(|(own, file)| {
            let mut targets = BTreeSet::new();
            for path in &file.paths {
                if let Some(target) = resolve(files, &by_module, path, 0)
                    && target != own
                {
                    targets.insert(target);
                }
            }
            targets
        })
        .collect();
    strongly_connected(&edges)
        .into_iter()
        .map(|circle| circle.into_iter().map(|nth| files[nth].name.clone()).collect())
        .collect()
}

/// The file a path leads to: through re-exports, where the item is defined.
fn resolve(
    files: &[&SourceFile],
    by_module: &BTreeMap<&[String], usize>,
    path: &[String],
    depth: usize,
) -> Option<usize> {
    let path = path.strip_prefix(&["crate".to_owned()][..])?;
    let (length, file) = (1..=path.len())
        .rev()
        .find_map(|length| Some((length, *by_module.get(&path[..length])?)))?;
    if let Some(item) = path.get(length)
        && depth < 8
    {
        let mut reexports = files[file].reexports.iter();
        if let Some((_, target)) = reexports.find(|(name, _)| name == item) {
            return resolve(files, by_module, target, depth + 1).or(Some(file));
        }
    }
    Some(file)
}

/// The groups of nodes that reach each other, of two or more.
fn strongly_connected(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let reach: Vec<BTreeSet<usize>> = (0..edges.len())
        .map(|start| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
            while let Some(node) = next.pop() {
                for target in &edges[node] {
                    if seen.insert(*target) {
                        next.push(*target);
                    }
                }
            }
            seen
        })
        .collect();
    let mut grouped = BTreeSet::new();
    let mut found = vec![];
    for node in 0..edges.len() {
        if reach[node].contains(&node) && !grouped.contains(&node) {
            let group: Vec<usize> = (0..edges.len())
                .filter(|other| reach[node].contains(other) && reach[*other].contains(&node))
                .collect();
            grouped.extend(group.iter().copied());
            found.push(group);
        }
    }
    found
}

#[test]
fn a_circle_is_found_through_a_reexport() {
    let file = |name: &str, text: &str| read(format!("src/{name}"), format!("//! x\n{text}"));
    let root = file("stock/mod.rs", "mod api; mod rules; pub use api::Input;");
    let api = file("stock/api.rs", "use super::rules::decide; pub struct Input;");
    let rules = file("stock/rules.rs", "use super::Input; pub fn decide(_: Input) {}");
    assert_eq!(circles(&[&root, &api, &rules]), [["src/stock/api.rs", "src/stock/rules.rs"]]);
    let rules = file("stock/rules.rs", "pub fn decide() {} mod x { fn y() { crate::sales::z() } }");
    assert!(circles(&[&root, &api, &rules]).is_empty());
    assert!(rules.paths.contains(&["crate", "sales", "z"].map(str::to_owned).to_vec()));
    let root = file("stock/mod.rs", "mod api; use api::Input; pub fn count(_: Input) {}");
    let api = file("stock/api.rs", "pub struct Input; fn f() { super::count() }");
    assert_eq!(circles(&[&root, &api]).len(), 1);
}
