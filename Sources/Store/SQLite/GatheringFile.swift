import CSQLite

/// A write-ahead log as SQLite sees it under ``GatheringVFS``: what is written at the log's end gathers in memory. The file
/// system's own file follows it in memory.
struct GatheringFile {
    private enum Limit {
        /// What gathers; a larger commit is written in pieces. SQLite's own file systems write less than 128 KiB in one call
        /// (`seekAndWriteFd` in os_unix.c).
        static let bytes = 120 << 10
    }

    /// First, for SQLite takes the whole for one of these.
    private var file: sqlite3_file
    /// What waits is `bytes[..<count]`, to be written at `start`.
    private let bytes: UnsafeMutableRawPointer
    private var start: sqlite3_int64 = 0
    private var count = 0

    private typealias File = UnsafeMutablePointer<sqlite3_file>

    /// Bytes of this before the file below begins, which may hold anything.
    static var size: Int { (MemoryLayout<GatheringFile>.size + 15) & ~15 }

    /// Opens a log.
    /// - Parameters:
    ///   - place: where SQLite has room for this and the file below.
    ///   - below: opens the file below at the place that it is given.
    /// - Returns: SQLite's result code.
    static func open(_ place: UnsafeMutablePointer<sqlite3_file>, _ below: (UnsafeMutablePointer<sqlite3_file>) -> Int32) -> Int32
    {
        place.pointee.pMethods = nil
        let file = Self.below(place)
        file.pointee.pMethods = nil
        let code = below(file)
        // A file that could not be opened, and shall be closed all the same, has methods.
        guard file.pointee.pMethods != nil else { return code }
        UnsafeMutableRawPointer(place).initializeMemory(
            as: GatheringFile.self,
            to: GatheringFile(
                file: sqlite3_file(pMethods: methods.pointer),
                bytes: .allocate(byteCount: Limit.bytes, alignment: MemoryLayout<Int64>.alignment)))
        return code
    }

    private static func below(_ file: File) -> File {
        (UnsafeMutableRawPointer(file) + size).assumingMemoryBound(to: sqlite3_file.self)
    }

    /// Puts bytes behind those that wait.
    private static func write(_ file: File, _ source: UnsafeRawPointer, _ amount: Int32, at offset: sqlite3_int64) -> Int32 {
        let log = UnsafeMutableRawPointer(file).assumingMemoryBound(to: GatheringFile.self)
        if log.pointee.count > 0,
            offset != log.pointee.start + Int64(log.pointee.count) || log.pointee.count + Int(amount) > Limit.bytes
        {
            let code = handOver(file)
            guard code == SQLITE_OK else { return code }
        }
        guard Int(amount) <= Limit.bytes else {
            return below(file).pointee.pMethods.pointee.xWrite?(below(file), source, amount, offset) ?? SQLITE_IOERR
        }
        if log.pointee.count == 0 { log.pointee.start = offset }
        (log.pointee.bytes + log.pointee.count).copyMemory(from: source, byteCount: Int(amount))
        log.pointee.count += Int(amount)
        return SQLITE_OK
    }

    /// Writes what waits. If that fails it is given up: the commit fails, and the next begins in its place.
    private static func handOver(_ file: File) -> Int32 {
        let log = UnsafeMutableRawPointer(file).assumingMemoryBound(to: GatheringFile.self)
        guard log.pointee.count > 0 else { return SQLITE_OK }
        let count = Int32(log.pointee.count)
        log.pointee.count = 0
        return below(file).pointee.pMethods.pointee.xWrite?(below(file), log.pointee.bytes, count, log.pointee.start)
            ?? SQLITE_IOERR
    }

    private static func close(_ file: File) -> Int32 {
        let written = handOver(file)
        let log = UnsafeMutableRawPointer(file).assumingMemoryBound(to: GatheringFile.self)
        log.pointee.bytes.deallocate()
        let closed = below(file).pointee.pMethods.pointee.xClose?(below(file)) ?? SQLITE_OK
        return written == SQLITE_OK ? closed : written
    }

    /// Carries a call out on the file below, after what waits is written.
    private static func pass(_ file: File?, _ call: (sqlite3_io_methods, File) -> Int32?) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        let code = handOver(file)
        guard code == SQLITE_OK else { return code }
        return call(below(file).pointee.pMethods.pointee, below(file)) ?? SQLITE_IOERR
    }

    private struct Methods: @unchecked Sendable {  // written once, here, before anybody reads it; never freed
        let pointer: UnsafePointer<sqlite3_io_methods>
    }

    /// Of version 1: a log is neither shared memory nor mapped.
    private static let methods: Methods = {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        methods.xClose = { $0.map { GatheringFile.close($0) } ?? SQLITE_MISUSE }
        methods.xRead = { file, bytes, amount, offset in
            GatheringFile.pass(file) { $0.xRead?($1, bytes, amount, offset) }
        }
        methods.xWrite = { file, bytes, amount, offset in
            guard let file, let bytes else { return SQLITE_MISUSE }
            return GatheringFile.write(file, bytes, amount, at: offset)
        }
        methods.xTruncate = { file, size in GatheringFile.pass(file) { $0.xTruncate?($1, size) } }
        methods.xSync = { file, flags in GatheringFile.pass(file) { $0.xSync?($1, flags) } }
        methods.xFileSize = { file, size in GatheringFile.pass(file) { $0.xFileSize?($1, size) } }
        methods.xLock = { file, level in GatheringFile.pass(file) { $0.xLock?($1, level) } }
        methods.xUnlock = { file, level in GatheringFile.pass(file) { $0.xUnlock?($1, level) } }
        methods.xCheckReservedLock = { file, result in GatheringFile.pass(file) { $0.xCheckReservedLock?($1, result) } }
        methods.xFileControl = { file, code, argument in GatheringFile.pass(file) { $0.xFileControl?($1, code, argument) } }
        methods.xSectorSize = { file in
            file.map { GatheringFile.below($0) }.flatMap { $0.pointee.pMethods.pointee.xSectorSize?($0) } ?? 0
        }
        methods.xDeviceCharacteristics = { file in
            file.map { GatheringFile.below($0) }.flatMap { $0.pointee.pMethods.pointee.xDeviceCharacteristics?($0) } ?? 0
        }
        let pointer = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        pointer.initialize(to: methods)
        return Methods(pointer: UnsafePointer(pointer))
    }()
}
