import FunctionEngine
import Testing

@Suite struct ArchiveTests {
    @Test(arguments: ["../evil", "a/../../evil", "/etc/passwd", "a\\..\\b", "a\0b"])
    func climbingPathsAreRefused(_ path: String) {
        #expect(throws: EngineFault.self) { try ZipArchive(ZipWriter.zip([.init(path: path, bytes: [1])])) }
    }

    @Test func nothingIsWrittenThroughALink() {
        let link = ZipWriter.Member(path: "out", bytes: Array("/tmp".utf8), mode: 0o120777)
        #expect(throws: EngineFault.self) { try ZipArchive(ZipWriter.zip([link, .init(path: "out/file", bytes: [1])])) }
    }

    @Test func specialFilesAndDuplicatesAreRefused() {
        #expect(throws: EngineFault.self) { try ZipArchive(ZipWriter.zip([.init(path: "pipe", bytes: [], mode: 0o010644)])) }
        #expect(throws: EngineFault.self) {
            try ZipArchive(ZipWriter.zip([.init(path: "a", bytes: [1]), .init(path: "a", bytes: [2])]))
        }
    }

    @Test func cutArchivesAreRefused() {
        let whole = ZipWriter.zip(["a.py": "x = 1"])
        for length in 0..<whole.count { #expect(throws: EngineFault.self) { try ZipArchive(Array(whole.prefix(length))) } }
    }
}
