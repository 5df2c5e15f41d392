import Kernel

extension S3Service {
    func registerObjects(in operations: inout Operations) {
        operations.stream("PutObject", putObject)
        operations.stream("GetObject", getObject)
        operations.stream("HeadObject", headObject)
        operations.on("CopyObject", copyObject)
        operations.on("DeleteObject", deleteObject)
        operations.on("DeleteObjects", deleteObjects)
        operations.on("GetObjectAttributes", getObjectAttributes)
        operations.on("PutObjectTagging", putObjectTagging)
        operations.on("GetObjectTagging", getObjectTagging)
        operations.on("DeleteObjectTagging", deleteObjectTagging)
    }
}
