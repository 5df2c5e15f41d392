import Testing

@testable import Policy

/// What policies reach by their actions alone.
@Suite struct ActionReachTests {
    @Test func anAllowIsEnoughWhateverItsResourceAndConditions() throws {
        let reach = ActionReach([
            [
                try document(
                    statement("Allow", "s3:Get*", on: object, condition: #"{"Bool":{"aws:SecureTransport":"true"}}"#))
            ]
        ])
        #expect(reach.allows("s3:GetObject") && reach.allows("S3:getobject"))
        #expect(!reach.allows("s3:PutObject") && !reach.allows("dynamodb:GetItem"))
        #expect(reach.named == ["s3:get"])
    }

    @Test func onlyAnUnlimitedDenyTakesAway() throws {
        let allow = statement("Allow", "s3:*")
        #expect(!ActionReach([[try document(allow, statement("Deny", "s3:*"))]]).allows("s3:GetObject"))
        #expect(ActionReach([[try document(allow, statement("Deny", "s3:*", on: bucket))]]).allows("s3:GetObject"))
        #expect(ActionReach([[try document(allow, statement("Deny", "s3:Put*"))]]).allows("s3:GetObject"))
        let condition = #"{"Bool":{"aws:SecureTransport":"false"}}"#
        #expect(ActionReach([[try document(allow, statement("Deny", "s3:*", condition: condition))]]).allows("s3:GetObject"))
        // A Deny in another policy of the same holder counts as well.
        let two = [try document(allow), try document(statement("Deny", "*"))]
        #expect(!ActionReach([two]).allows("s3:GetObject"))
    }

    @Test func everyLevelMustAllow() throws {
        let (all, storage) = (try document(statement("Allow", "*")), try document(statement("Allow", "s3:*")))
        let reach = ActionReach([[all], [storage, try document(statement("Allow", "kms:*"))], [all]])
        #expect(reach.allows("s3:GetObject") && reach.allows("kms:Encrypt") && !reach.allows("sqs:SendMessage"))
        #expect(!ActionReach([[all], []]).allows("s3:GetObject"))
    }

    @Test func negatedActionsAndWildcardsInNames() throws {
        let policy = try PolicyDocument(
            json: #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}"#, kind: .identity)
        let reach = ActionReach([[policy]])
        #expect(reach.allows("s3:GetObject") && !reach.allows("iam:GetUser") && reach.named.isEmpty)
        #expect(ActionReach([[try document(statement("Allow", "a4b:G?t*"))]]).named == ["a4b:gxt"])
    }
}
