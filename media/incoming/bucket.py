"""Parts straight to an object store: a multipart upload with a signed address for each part."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from media.incoming.bins import Address
from media.incoming.digests import part_size
from media.incoming.models import Upload

# A part of 5 MiB at 10 kB/s takes nine minutes; the address is asked for just before.
_LINK_S = 3600


class Bucket:
    """The bytes never touch the web process; the store checks each part against its digest.

    Stores that do not check (some only know Content-MD5) are no danger: the first job reads the
    whole file and compares it with what the sender announced.
    """

    parallel = 4

    def __init__(self, storage: Any) -> None:
        self._client = storage.connection.meta.client
        self._bucket, self._folder = storage.bucket_name, storage.location.strip("/")

    def open(self, upload: Upload) -> str:
        """S3's name of the new multipart upload."""
        made = self._client.create_multipart_upload(
            **self._object(upload),
            ChecksumAlgorithm="SHA256",
            ContentType="application/octet-stream",
        )
        return str(made["UploadId"])

    def address(self, upload: Upload, number: int, sha256: str) -> Address:
        checksum = _base64(sha256)
        url = self._client.generate_presigned_url(
            "upload_part",
            Params={**self._begun(upload), "PartNumber": number, "ChecksumSHA256": checksum},
            ExpiresIn=_LINK_S,
        )
        return Address(url, {"x-amz-checksum-sha256": checksum})

    def arrived(self, upload: Upload) -> dict[int, str]:
        """Digests, as announced, of the parts that lie in the bucket in full length."""
        claimed = dict(upload.parts.values_list("number", "sha256"))
        parts = self._parts(upload)
        if parts is None:  # over: joined already (we died before saying so), or swept away
            return claimed if self._is_joined(upload) else {}
        return {
            part["PartNumber"]: claimed[part["PartNumber"]]
            for part in parts
            if part["PartNumber"] in claimed
            and part["Size"] == part_size(part["PartNumber"], upload.size_bytes)
            and part.get("ChecksumSHA256") in (None, "", _base64(claimed[part["PartNumber"]]))
        }

    def has_lost(self, upload: Upload) -> bool:
        """Whether it was swept away: many buckets have a rule that ends uploads after a day."""
        return self._parts(upload) is None and not self._is_joined(upload)

    def join(self, upload: Upload) -> None:
        """Make the parts the original. Doing it again after a crash is fine."""
        found = self._parts(upload)
        if found is None:
            return
        wanted = ("PartNumber", "ETag", "ChecksumSHA256")
        parts = [{key: part[key] for key in wanted if part.get(key)} for part in found]
        self._client.complete_multipart_upload(
            **self._begun(upload), MultipartUpload={"Parts": parts}
        )

    def discard(self, upload: Upload) -> None:
        try:
            self._client.abort_multipart_upload(**self._begun(upload))
        except ClientError as error:
            if not _is_gone(error):
                raise

    def sweep(self, *, before: datetime) -> None:
        """Abort what was begun long ago and has no row any more (we died between the two)."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._bucket, Prefix=f"{self._folder}/originals/".lstrip("/")
        )
        known = set(Upload.objects.values_list("remote_id", flat=True))
        for begun in [one for page in pages for one in page.get("Uploads", ())]:
            if begun["UploadId"] not in known and begun["Initiated"] < before:
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=begun["Key"], UploadId=begun["UploadId"]
                )

    def _parts(self, upload: Upload) -> list[dict[str, Any]] | None:
        """What S3 lists, or None where it knows the upload no more."""
        pages = self._client.get_paginator("list_parts").paginate(**self._begun(upload))
        try:
            return [part for page in pages for part in page.get("Parts", ())]
        except ClientError as error:
            if _is_gone(error):
                return None
            raise

    def _is_joined(self, upload: Upload) -> bool:
        try:
            found = self._client.head_object(**self._object(upload))
        except ClientError as error:
            if _is_gone(error):
                return False
            raise
        return bool(found["ContentLength"] == upload.size_bytes)

    def _object(self, upload: Upload) -> dict[str, str]:
        key = f"{self._folder}/{upload.original}" if self._folder else upload.original
        return {"Bucket": self._bucket, "Key": key}

    def _begun(self, upload: Upload) -> dict[str, str]:
        return {**self._object(upload), "UploadId": upload.remote_id}


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _is_gone(error: ClientError) -> bool:
    return str(error.response.get("Error", {}).get("Code")) in ("NoSuchUpload", "404")
