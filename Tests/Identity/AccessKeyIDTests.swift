import Kernel
import Testing

@Suite struct AccessKeyIDTests {
    @Test(arguments: ["000000000000", "000000000001", "123456789012", "999999999999"])
    func anIDTellsItsAccount(account: String) {
        let ids = (0..<100).map { _ in AccessKeyID.make("ASIA", account: account) }
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.utf8.count == 20 && id.hasPrefix("ASIA"))
            #expect(AccessKeyID.account(of: id) == account)
        }
    }

    @Test func anIDOfAWSIsRead() {
        // The id in AWS's own examples, read as its length and alphabet allow.
        #expect(AccessKeyID.account(of: "ASIAQNZGKIQY56JQ7WML") == "029608264753")
        #expect(AccessKeyID.account(of: "ASIA") == nil)
        #expect(AccessKeyID.account(of: "ASIA0000000000000000") == nil)
        #expect(AccessKeyID.account(of: "ASIAAAAAAAAAAAAAAAAA") == nil)
    }
}
