import Documents
import Kernel
import Store
import TestSupport
import Testing

@Suite struct PagingTests {
    private struct Refused: Error, Equatable {}
    private struct Numbered: Stored {
        static let tag: UInt8 = 1
        var number: Int
    }

    @Test func aListInMemory() throws {
        let all = ["a", "b", "c", "d", "e"]
        var (seen, sizes, token): ([String], [Int], String?) = ([], [], nil)
        repeat {
            let page = try ListPage(all, after: token, limit: 2, by: { $0 }, of: "one", refusing: Refused())
            seen += page.items
            sizes.append(page.items.count)
            token = page.next
        } while token != nil
        #expect(seen == all && sizes == [2, 2, 1])
        #expect(try ListPage(all, after: nil, limit: 5, by: { $0 }, of: "one", refusing: Refused()).next == nil)
        // What a token names may be gone since.
        let page = try ListPage(
            all, after: PageToken.write("bb", of: "one"), limit: 1, by: { $0 }, of: "one", refusing: Refused())
        #expect(page.items == ["c"])
        for token in ["", "%", Base64.string([0xFF])] {
            #expect(throws: Refused()) { try ListPage(all, after: token, limit: 2, by: { $0 }, of: "one", refusing: Refused()) }
        }
    }

    @Test func aTokenIsOfOneList() throws {
        let all = ["a", "b", "c"]
        let page = try ListPage(all, after: nil, limit: 1, by: { $0 }, of: "one", refusing: Refused())
        let next = try #require(page.next)
        #expect(try ListPage(all, after: next, limit: 1, by: { $0 }, of: "one", refusing: Refused()).items == ["b"])
        var misspelt = try #require(Base64.decode(next))
        misspelt[misspelt.count - 1] ^= 2
        for token in [Base64.string(misspelt), Base64.string(Array("a".utf8)), PageToken.write("a", of: "two"), "", "AAAA"] {
            #expect(PageToken.name(token, of: "one") == nil)
            #expect(throws: Refused()) {
                try ListPage(all, after: token, limit: 1, by: { $0 }, of: "one", refusing: Refused())
            }
        }
    }

    @Test func recordsOfTheStore() async throws {
        try await TestPlatform.with([]) { tarn in
            let prefix = Key(.timer, .text("paging"))
            try await tarn.platform.store.write { transaction in
                for number in 0..<7 { try transaction.put(prefix.appending(.integer(Int64(number))), Numbered(number: number)) }
            }
            let seen = try await tarn.platform.store.read { snapshot in
                var (seen, token): ([[Int]], String?) = ([], nil)
                repeat {
                    let page = try snapshot.page(Numbered.self, prefix, after: token, limit: 2, of: "one", refusing: Refused()) {
                        $0.number == 3 ? nil : $0.number
                    }
                    seen.append(page.items)
                    token = page.next
                } while token != nil
                return seen
            }
            #expect(seen == [[0, 1], [2, 4], [5, 6]])
            for token in [
                "", "%", PageToken.write(Key(.timer, .text("other")), of: "one"),
                PageToken.write(prefix.appending(.integer(1)), of: "two"),
            ] {
                await #expect(throws: Refused()) {
                    try await tarn.platform.store.read {
                        try $0.page(Numbered.self, prefix, after: token, limit: 2, of: "one", refusing: Refused()) { $0 }
                    }
                }
            }
        }
    }
}
