extension String {
    /// As `utf8.allSatisfy`, without asking for each byte where the text lies.
    @inline(__always)
    func allBytes(_ test: (UInt8) -> Bool) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(test) } ?? utf8.allSatisfy(test)
    }
}
