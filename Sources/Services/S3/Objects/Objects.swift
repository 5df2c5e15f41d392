import Kernel

extension S3Service {
    func registerObjects(in operations: inout Operations) {
        operations.directStream("PutObject", as: PutObjectInput.self, PutObjectOutput.self) { input, payload, context in
            let answer = try await putObject(PutObjectInput(input), payload, context)
            return Reply(answer.output.document, body: answer.body, status: answer.status)
        }
        operations.directStream("GetObject", as: GetObjectInput.self, GetObjectOutput.self) { input, payload, context in
            let answer = try await getObject(GetObjectInput(input), payload, context)
            return Reply(answer.output.document, body: answer.body, status: answer.status)
        }
        operations.directStream("HeadObject", as: HeadObjectInput.self, HeadObjectOutput.self) { input, payload, context in
            let answer = try await headObject(HeadObjectInput(input), payload, context)
            return Reply(answer.output.document, body: answer.body, status: answer.status)
        }
        operations.on("CopyObject", copyObject)
        operations.on("DeleteObject", deleteObject)
        operations.on("DeleteObjects", deleteObjects)
        operations.on("GetObjectAttributes", getObjectAttributes)
        operations.on("PutObjectTagging", putObjectTagging)
        operations.on("GetObjectTagging", getObjectTagging)
        operations.on("DeleteObjectTagging", deleteObjectTagging)
    }
}
