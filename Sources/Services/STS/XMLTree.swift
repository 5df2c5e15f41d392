import CLibXML
import Documents

/// A parsed XML document and its nodes, as libxml2 has them; it stays as long as one of its elements is held.
/// It does not leave the function that reads it.
final class XMLTree {
    enum Limit {
        /// Elements inside one another, and elements altogether.
        static let depth = 48
        static let elements = 20_000
    }
    enum Refused: Error { case malformed }
    fileprivate let document: xmlDocPtr

    /// Reads well-formed UTF-8 without a document type and without processing instructions: there is nothing to expand and
    /// nothing to fetch.
    /// - Throws: ``Refused``
    init(_ bytes: [UInt8]) throws(Refused) {
        guard Self.isPlain(bytes), bytes.count <= Int(Int32.max),
            let document = bytes.withUnsafeBytes({ tarn_parse($0.bindMemory(to: CChar.self).baseAddress, Int32($0.count)) })
        else { throw .malformed }
        self.document = document
        var count = 0
        guard document.pointee.intSubset == nil, let root, Self.isSmall(root, depth: 1, &count) else { throw .malformed }
    }

    deinit { xmlFreeDoc(document) }

    var root: XMLNode? { xmlDocGetRootElement(document).map { XMLNode($0, self) } }

    /// The root and all elements below it, in the document's order.
    var elements: [XMLNode] {
        var (found, open) = ([XMLNode](), root.map { [$0] } ?? [])
        while let next = open.popLast() {
            found.append(next)
            open += next.children.reversed()
        }
        return found
    }

    private static func isSmall(_ node: XMLNode, depth: Int, _ count: inout Int) -> Bool {
        count += 1
        guard depth <= Limit.depth, count <= Limit.elements else { return false }
        for child in node.children where !isSmall(child, depth: depth + 1, &count) { return false }
        return true
    }

    /// Before the parser sees it: `<!` may begin a comment or CDATA only, `<?` only the declaration.
    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else { return false }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "<") {
            let rest = bytes[(index + 1)...].prefix(8)
            if rest.first == UInt8(ascii: "!"), !rest.starts(with: Array("!--".utf8)), !rest.starts(with: Array("![CDATA[".utf8))
            {
                return false
            }
            if rest.first == UInt8(ascii: "?"), index != 0 || !rest.starts(with: Array("?xml ".utf8)) { return false }
        }
        return true
    }
}

/// An element.
struct XMLNode: Equatable {
    fileprivate let pointer: xmlNodePtr
    private let tree: XMLTree

    fileprivate init(_ pointer: xmlNodePtr, _ tree: XMLTree) { (self.pointer, self.tree) = (pointer, tree) }

    static func == (left: XMLNode, right: XMLNode) -> Bool { left.pointer == right.pointer }

    /// Without its prefix.
    var name: String { pointer.pointee.name.map { String(cString: $0) } ?? "" }
    var namespace: String { pointer.pointee.ns.flatMap { $0.pointee.href }.map { String(cString: $0) } ?? "" }

    var children: [XMLNode] {
        var found: [XMLNode] = []
        var next = pointer.pointee.children
        while let node = next {
            if node.pointee.type == XML_ELEMENT_NODE { found.append(XMLNode(node, tree)) }
            next = node.pointee.next
        }
        return found
    }

    func children(_ namespace: String, _ name: String) -> [XMLNode] {
        children.filter { $0.name == name && $0.namespace == namespace }
    }

    /// The child of that name; nil where there is none, or more than one.
    func only(_ namespace: String, _ name: String) -> XMLNode? {
        let found = children(namespace, name)
        return found.count == 1 ? found[0] : nil
    }

    /// An attribute without a namespace.
    func attribute(_ name: String) -> String? { Self.text(xmlGetNoNsProp(pointer, name)) }

    /// All text inside, comments left out, without white space around it.
    var text: String {
        let whole = Self.text(xmlNodeGetContent(pointer)) ?? ""
        let space: Set<Unicode.Scalar> = [" ", "\n", "\r", "\t"]
        var scalars = Substring.UnicodeScalarView(whole.unicodeScalars[...])
        while let first = scalars.first, space.contains(first) { scalars.removeFirst() }
        while let last = scalars.last, space.contains(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func text(_ bytes: UnsafeMutablePointer<xmlChar>?) -> String? {
        guard let bytes else { return nil }
        defer { tarn_free(bytes) }
        return String(cString: bytes)
    }

    /// Exclusive XML Canonicalization 1.0 (https://www.w3.org/TR/xml-exc-c14n/) of this element.
    /// - Parameters:
    ///   - excluded: an element below it that is left out.
    ///   - prefixes: the list of inclusive namespaces' prefixes.
    /// - Returns: nil if libxml2 fails.
    func canonical(without excluded: XMLNode? = nil, prefixes: [String] = [], comments: Bool = false) -> [UInt8]? {
        var copies = prefixes.map { $0.withCString { xmlStrdup(UnsafeRawPointer($0).assumingMemoryBound(to: xmlChar.self)) } }
        defer { for copy in copies { copy.map(tarn_free) } }
        copies.append(nil)
        var length: Int32 = 0
        guard let bytes = tarn_canonical(tree.document, pointer, excluded?.pointer, &copies, comments ? 1 : 0, &length) else {
            return nil
        }
        defer { tarn_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(length)))
    }
}
