"""Uploaded files on disk, for as long as their session needs them."""

import shutil
import tempfile
import weakref
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

_KEY = "upload_folder"


class _Folder:
    """A folder that goes when nobody holds it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="routecast-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def kept_upload(upload: UploadedFile) -> Path:
    """An uploaded file in a folder that lasts as long as the session, or until the next upload."""
    folder = st.session_state[_KEY] = _Folder()
    file = folder.path / (Path(upload.name).name or "upload")
    file.write_bytes(upload.getbuffer())
    return file
