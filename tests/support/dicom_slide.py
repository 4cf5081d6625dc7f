"""Small DICOM slides of several files: one series, one file a level, uncompressed tiles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, VLWholeSlideMicroscopyImageStorage, generate_uid

from tests.support.make_slide import shrink


def write_dicom_series(
    folder: Path,
    image: NDArray[np.uint8],
    *,
    name: str,
    mpp: float = 0.5,
    factors: Sequence[int] = (1, 2),
    tile: int = 128,
) -> list[Path]:
    """Writes `NAME_0.dcm`, `NAME_1.dcm`, ... and returns their paths, finest level first.

    Args:
        image: (height, width, 3) uint8, the picture of level 0.
        mpp: micrometres per level-0 pixel.
        factors: level-0 pixels per level pixel, 1 first.
    """
    series, study = generate_uid(), generate_uid()
    paths = []
    for number, factor in enumerate(factors):
        picture = shrink(image, factor)
        paths.append(folder / f"{name}_{number}.dcm")
        level = _level(
            picture, series=series, study=study, mpp=mpp * factor, tile=tile, is_finest=number == 0
        )
        level.InstanceNumber = number + 1
        level.save_as(paths[-1], enforce_file_format=True)
    return paths


def _level(
    picture: NDArray[np.uint8], *, series: str, study: str, mpp: float, tile: int, is_finest: bool
) -> FileDataset:
    height, width = picture.shape[:2]
    rows, columns = -(-height // tile), -(-width // tile)
    padded = np.full((rows * tile, columns * tile, 3), 255, np.uint8)
    padded[:height, :width] = picture
    tiles = padded.reshape(rows, tile, columns, tile, 3).swapaxes(1, 2)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = VLWholeSlideMicroscopyImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    level = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    level.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    level.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    level.StudyInstanceUID, level.SeriesInstanceUID = study, series
    level.FrameOfReferenceUID = series
    level.Modality = "SM"
    level.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE" if is_finest else "RESAMPLED"]
    level.DimensionOrganizationType = "TILED_FULL"
    level.Rows = level.Columns = tile
    level.TotalPixelMatrixRows, level.TotalPixelMatrixColumns = height, width
    level.TotalPixelMatrixFocalPlanes = 1
    level.NumberOfOpticalPaths = 1
    level.NumberOfFrames = rows * columns
    level.SamplesPerPixel, level.PhotometricInterpretation, level.PlanarConfiguration = 3, "RGB", 0
    level.BitsAllocated = level.BitsStored = 8
    level.HighBit, level.PixelRepresentation = 7, 0
    measures, group, path = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [mpp / 1000, mpp / 1000]
    group.PixelMeasuresSequence = Items([measures])
    level.SharedFunctionalGroupsSequence = Items([group])
    path.OpticalPathIdentifier = "1"
    level.OpticalPathSequence = Items([path])
    level.PixelData = np.ascontiguousarray(tiles).tobytes()
    return level
