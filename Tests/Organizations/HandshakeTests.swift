import Documents
import Kernel
import TestSupport
import Testing

@Suite struct HandshakeTests {
    private let target: Document = ["Target": ["Id": .string(member), "Type": "ACCOUNT"]]

    @Test func anOfferExpiresAfterFifteenDaysAndIsForgottenAfterThirtyMore() async throws {
        try await withOrganizations { tarn in
            try await tarn.org("CreateOrganization")
            let offer = try #require(try await tarn.org("InviteAccountToOrganization", target)["Handshake"]?["Id"])
            try await tarn.advance(.seconds(15 * 86_400 - 1))
            let before = try await tarn.org("DescribeHandshake", ["HandshakeId": offer])
            #expect(before["Handshake"]?["State"] == "OPEN")
            try await tarn.advance(.seconds(1))
            let after = try await tarn.org("DescribeHandshake", ["HandshakeId": offer])
            #expect(after["Handshake"]?["State"] == "EXPIRED")
            #expect(
                await tarn.refusal("AcceptHandshake", ["HandshakeId": offer], as: member)
                    == "InvalidHandshakeTransitionException")
            try await tarn.org("InviteAccountToOrganization", target)
            try await tarn.advance(.seconds(30 * 86_400))
            #expect(await tarn.refusal("DescribeHandshake", ["HandshakeId": offer]) == "HandshakeNotFoundException")
            let left = try await tarn.org("ListHandshakesForOrganization")
            #expect(left["Handshakes"]?.list?.count == 1)
        }
    }

    @Test func whoLeavesIsFreeAndDeletionNeedsThatAllHaveLeft() async throws {
        try await withOrganizations { tarn in
            _ = try await tarn.makeOrganization()
            #expect(await tarn.refusal("DeleteOrganization") == "OrganizationNotEmptyException")
            try await tarn.org("RemoveAccountFromOrganization", ["AccountId": .string(member)])
            let open = try #require(try await tarn.org("InviteAccountToOrganization", target)["Handshake"]?["Id"])
            try await tarn.org("DeleteOrganization")
            #expect(
                await tarn.refusal("AcceptHandshake", ["HandshakeId": open], as: member) == "InvalidHandshakeTransitionException")
            #expect(await tarn.refusal("DescribeOrganization", as: member) == "AWSOrganizationsNotInUseException")
        }
    }

    @Test func aClosedAccountLeavesAfterNinetyDays() async throws {
        try await withOrganizations { tarn in
            _ = try await tarn.makeOrganization()
            try await tarn.org("CloseAccount", ["AccountId": .string(member)])
            #expect(await tarn.refusal("DescribeOrganization", as: member) == "AccessDeniedException")
            #expect(
                await tarn.refusal("RemoveAccountFromOrganization", ["AccountId": .string(member)])
                    == "AccountAlreadyClosedException")
            try await tarn.advance(.seconds(90 * 86_400))
            #expect(await tarn.refusal("DescribeAccount", ["AccountId": .string(member)]) == "AccountNotFoundException")
        }
    }
}
