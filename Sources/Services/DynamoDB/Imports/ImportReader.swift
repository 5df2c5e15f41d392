import Documents

/// Cuts a source file into items: the lines of DynamoDB JSON and Ion, or CSV's rows
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html).
struct ImportReader {
    enum Found: Sendable {
        case item(Attributes)
        /// One item is wrong; the next may be right.
        case error(String)
    }
    private let table: TableRecord
    private let isIon: Bool
    private var lines: LineCutter
    private let delimiter: UInt8?
    private var header: [String]?

    /// - Parameter format: `DYNAMODB_JSON`, `ION` or `CSV`.
    init(_ table: TableRecord, _ format: String, csv: CSVOptions?) {
        self.table = table
        isIon = format == "ION"
        let isCSV = format == "CSV"
        delimiter = isCSV ? csv?.Delimiter?.utf8.first ?? UInt8(ascii: ",") : nil
        header = csv?.HeaderList
        lines = LineCutter(knowsQuotes: isCSV)
    }

    /// - Throws: ``Malformed`` when nothing more can be made of the file.
    mutating func read(_ bytes: [UInt8], isEnd: Bool) throws -> [Found] {
        var found: [Found] = []
        for line in try lines.cut(bytes, isEnd: isEnd) {
            guard !line.isEmpty else { continue }
            if let delimiter {
                if let row = try row(line, delimiter) { found.append(row) }
            } else if isIon {
                if let item = Self.ionItem(line) { found.append(item) }
            } else {
                found.append(Self.item(line))
            }
        }
        return found
    }

    // MARK: DynamoDB JSON

    private static func item(_ line: [UInt8]) -> Found {
        let document: Document
        do { document = try JSON.parse(line) } catch { return .error("Unable to parse the JSON of an item: \(error)") }
        guard let members = document["Item"]?.members else { return .error("The JSON of an item has no member Item") }
        do { return .item(try Attributes(members.mapValues(wired))) } catch { return .error(error.message) }
    }

    /// JSON has no binary: where a value is of type B, it is base64.
    private static func wired(_ value: Document) -> Document {
        guard case .map(let members) = value, members.count == 1, let only = members.elements.first else { return value }
        switch (only.key, only.value) {
        case ("B", .string(let text)): return Base64.decode(text).map { ["B": .blob($0)] } ?? value
        case ("BS", .list(let texts)):
            return [
                "BS": .list(texts.map { text in text.string.flatMap { Base64.decode($0) }.map { Document.blob($0) } ?? text })
            ]
        case ("L", .list(let elements)): return ["L": .list(elements.map(wired))]
        case ("M", .map(let inner)): return ["M": .map(inner.mapValues(wired))]
        default: return value
        }
    }

    // MARK: Ion

    private static func ionItem(_ line: [UInt8]) -> Found? {
        do { return try IonReader.item(line).map { .item(try Attributes($0)) } } catch let failure as IonReader.Failure {
            return .error(failure.reason)
        } catch let fault as DynamoDBFault {
            return .error(fault.message)
        } catch {
            return .error("\(error)")
        }
    }

    // MARK: CSV

    private mutating func row(_ line: [UInt8], _ delimiter: UInt8) throws -> Found? {
        let cells = try Self.cells(line, delimiter)
        guard let header else {
            guard cells.count <= 255, Set(cells).count == cells.count else {
                throw Malformed(reason: "The CSV header names a column twice, or more than 255")
            }
            self.header = cells
            return nil
        }
        guard cells.count == header.count else {
            return .error("The row has \(cells.count) columns where the header has \(header.count)")
        }
        var item: Attributes = [:]
        do throws(DynamoDBFault) {
            for (name, cell) in zip(header, cells) { item[name] = try value(cell, of: name) }
        } catch {
            return .error(error.message)
        }
        return .item(item)
    }

    /// Attributes of keys have their types; everything else is text.
    private func value(_ cell: String, of name: String) throws(DynamoDBFault) -> AttributeValue {
        guard table.attributes.contains(where: { $0.name == name }) else { return .string(cell) }
        switch table.type(of: name) {
        case .number: return .number(try Number(text: cell))
        case .binary:
            guard let bytes = Base64.decode(cell) else { throw .validation("Invalid base64 in attribute \(name)") }
            return .binary(bytes)
        default: return .string(cell)
        }
    }

    /// The cells of a row; quotation marks enclose delimiters and line ends, and are doubled to stand for themselves.
    static func cells(_ line: [UInt8], _ delimiter: UInt8) throws -> [String] {
        var (cells, cell, isQuoted): ([String], [UInt8], Bool) = ([], [], false)
        var at = 0
        while at < line.count {
            let byte = line[at]
            if isQuoted {
                if byte != LineCutter.quote {
                    cell.append(byte)
                } else if at + 1 < line.count, line[at + 1] == LineCutter.quote {
                    cell.append(byte)
                    at += 1
                } else {
                    isQuoted = false
                }
            } else if byte == LineCutter.quote, cell.isEmpty {
                isQuoted = true
            } else if byte == delimiter {
                cells.append(String(decoding: cell, as: UTF8.self))
                cell = []
            } else {
                cell.append(byte)
            }
            at += 1
        }
        guard !isQuoted else { throw Malformed(reason: "A quotation mark of the CSV is not closed") }
        return cells + [String(decoding: cell, as: UTF8.self)]
    }
}

/// Lines out of pieces of bytes, ended by LF or CRLF.
struct LineCutter {
    static let quote = UInt8(ascii: "\"")
    /// Line ends between quotation marks belong to the line.
    let knowsQuotes: Bool
    private var rest: [UInt8] = []
    private var isQuoted = false
    private var isFirst = true

    init(knowsQuotes: Bool) { self.knowsQuotes = knowsQuotes }

    mutating func cut(_ bytes: [UInt8], isEnd: Bool) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        for (at, byte) in bytes.enumerated() {
            if knowsQuotes, byte == Self.quote { isQuoted.toggle() }
            guard byte == UInt8(ascii: "\n"), !isQuoted else { continue }
            lines.append(whole(rest + bytes[start..<at]))
            (rest, start) = ([], at + 1)
        }
        rest += bytes[start...]
        guard rest.count <= DynamoDBService.ImportLimit.line else {
            throw Malformed(reason: "A line is longer than \(DynamoDBService.ImportLimit.line) bytes")
        }
        if isEnd, !rest.isEmpty {
            lines.append(whole(rest))
            rest = []
        }
        return lines
    }

    private mutating func whole(_ line: [UInt8]) -> [UInt8] {
        var line = line
        if isFirst, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirst = false
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
